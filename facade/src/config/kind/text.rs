use crate::config::raw::Raw;
use crate::config::{Secret, Section, Setting, Wrong};

impl<'r> Section<'r> {
    /// A text that is not empty.
    pub(crate) fn text<'s>(&'s self, name: &'s str) -> Setting<'s, String> {
        self.read(name, "text", |raw| text(raw, &raw.shown()))
    }

    /// Texts: a list of them, or one alone.
    pub(crate) fn texts<'s>(&'s self, name: &'s str) -> Setting<'s, Vec<String>> {
        self.read_each(name, "text", |raw| text(raw, &raw.shown()))
    }

    /// A text that no message quotes.
    pub(crate) fn secret_text<'s>(&'s self, name: &'s str) -> Setting<'s, Secret> {
        self.read(name, "text", |raw| text(raw, raw.kind()).map(Secret::new))
    }
}

fn text(raw: &Raw<'_>, shown: &str) -> Result<String, Wrong> {
    match raw.text() {
        Some(text) if text.trim().is_empty() => Err(Wrong::new("the text is empty")),
        Some(text) => Ok(text.into_owned()),
        None => Err(Wrong::new(format!("{shown} is not text"))),
    }
}
