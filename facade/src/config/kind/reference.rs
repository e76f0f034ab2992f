use crate::config::names::is_name;
use crate::config::nearest::nearest;
use crate::config::raw::{Raw, quoted};
use crate::config::{Names, Section, Setting, Wrong};

impl<'r> Section<'r> {
    /// The name of something that is configured elsewhere.
    pub(crate) fn reference<'s>(&'s self, name: &'s str, names: &Names) -> Setting<'s, String> {
        self.read(name, expected(names), |raw| reference(raw, names))
    }

    /// Names of things that are configured elsewhere: a list of them, or one alone.
    pub(crate) fn references<'s>(
        &'s self,
        name: &'s str,
        names: &Names,
    ) -> Setting<'s, Vec<String>> {
        self.read_each(name, expected(names), |raw| reference(raw, names))
    }
}

fn expected(Names { what, names, .. }: &Names) -> String {
    match &**names {
        [] => format!("the name of a {what}"),
        [one] => one.clone(),
        several => format!("one of {}", several.join(", ")),
    }
}

fn reference(raw: &Raw<'_>, names: &Names) -> Result<String, Wrong> {
    let Some(text) = raw.text() else { return Err(raw.is_not("text")) };
    let text = text.trim();
    if names.contains(text) {
        return Ok(text.to_owned());
    }
    let name = if is_name(text) { format!("`{text}`") } else { quoted(text) };
    let near = nearest(text, names.iter());
    Err(Wrong::new(format!("no {} named {name} is configured", names.what)).suggest(near))
}
