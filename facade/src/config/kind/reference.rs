use crate::config::names::is_name;
use crate::config::nearest::nearest;
use crate::config::raw::{Raw, quoted};
use crate::config::{Diagnostic, Names, Section, Setting};

impl<'r> Section<'r> {
    /// Reads names of things that are configured elsewhere: a list of different ones, or one alone.
    pub(crate) fn references<'s>(
        &'s self,
        name: &'s str,
        names: &Names,
    ) -> Setting<'s, Vec<String>> {
        let mut seen = Vec::new();
        self.read_each(name, expected(names), move |raw| {
            let name = reference(raw, names)?;
            if seen.contains(&name) {
                // A call would enter it twice: pay twice, or wait for itself.
                let wrong = Diagnostic::new(format!("`{name}` is listed twice"));
                return Err(wrong.expected("each name once"));
            }
            seen.push(name.clone());
            Ok(name)
        })
    }
}

fn expected(Names { what, names, .. }: &Names) -> String {
    match &**names {
        [] => format!("the name of a {what}"),
        [one] => one.clone(),
        several => format!("one of {}", several.join(", ")),
    }
}

fn reference(raw: &Raw<'_>, names: &Names) -> Result<String, Diagnostic> {
    let Some(text) = raw.text() else { return Err(raw.is_not("text")) };
    let text = text.trim();
    if names.contains(text) {
        return Ok(text.to_owned());
    }
    let name = if is_name(text) { format!("`{text}`") } else { quoted(text) };
    let near = nearest(text, names.iter());
    Err(Diagnostic::new(format!("no {} named {name} is configured", names.what)).suggest(near))
}
