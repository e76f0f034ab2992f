use serde_json::Value as Json;

use crate::config::nearest::nearest;
use crate::config::raw::{Raw, quoted};
use crate::config::value::sealed::Parse;
use crate::config::{Diagnostic, Rejected, SettingDef};

/// A type whose values are words in settings.
///
/// ```
/// use seawall::settings::{Setting, Word};
///
/// #[derive(Clone, Copy)]
/// enum Order {
///     Lifo,
///     Fifo,
/// }
///
/// impl Word for Order {
///     const WORDS: &'static [(&'static str, Self)] = &[("lifo", Self::Lifo), ("fifo", Self::Fifo)];
/// }
///
/// const ORDER: Setting<Order> = Setting::word("order", "which one is lent first").default("lifo");
/// ```
pub trait Word: Copy + 'static {
    /// The words, and what each stands for.
    const WORDS: &'static [(&'static str, Self)];
}

impl<W: Word> Parse for W {
    fn parse(_: &SettingDef, raw: &Raw<'_>) -> Result<Self, Rejected> {
        let at = index_of(raw, &W::WORDS.iter().map(|(word, _)| *word).collect::<Vec<_>>())?;
        Ok(W::WORDS[at].1)
    }

    fn plain(&self, raw: &Raw<'_>) -> Json {
        raw.text().map_or(Json::Null, |text| Json::from(text.trim()))
    }
}

/// Returns which of `words` the value is.
pub(crate) fn index_of(raw: &Raw<'_>, words: &[&str]) -> Result<usize, Diagnostic> {
    let Some(text) = raw.text() else { return Err(raw.is_not("text")) };
    let text = text.trim();
    words.iter().position(|word| *word == text).ok_or_else(|| {
        let near = nearest(text, words.iter().copied());
        Diagnostic::new(format!("{} is not known", quoted(text))).suggest(near)
    })
}
