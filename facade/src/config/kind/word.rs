use crate::config::nearest::nearest;
use crate::config::raw::{Raw, quoted};
use crate::config::{Diagnostic, Section, Setting};

impl<'r> Section<'r> {
    /// One of a few words, as what it stands for.
    pub(crate) fn one_of<'s, T: Clone>(
        &'s self,
        name: &'s str,
        words: &[(&str, T)],
    ) -> Setting<'s, T> {
        let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let expected = match &*names {
            [one] => (*one).to_owned(),
            several => format!("one of {}", several.join(", ")),
        };
        self.read(name, expected, |raw| one_of(raw, words))
    }
}

fn one_of<T: Clone>(raw: &Raw<'_>, words: &[(&str, T)]) -> Result<T, Diagnostic> {
    let Some(text) = raw.text() else { return Err(raw.is_not("text")) };
    let text = text.trim();
    match words.iter().find(|(word, _)| *word == text) {
        Some((_, value)) => Ok(value.clone()),
        None => {
            let near = nearest(text, words.iter().map(|(word, _)| *word));
            Err(Diagnostic::new(format!("{} is not known", quoted(text))).suggest(near))
        }
    }
}
