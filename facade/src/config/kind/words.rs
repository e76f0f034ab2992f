use serde_json::Value as Json;

use super::word::{Word, index_of};
use crate::config::raw::Raw;
use crate::config::value::sealed::Parse;
use crate::config::{Rejected, SettingDef};

/// A list of words, or one alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words<W>(pub(crate) Vec<W>);

impl<W: Word> Parse for Words<W> {
    fn parse(_: &SettingDef, raw: &Raw<'_>) -> Result<Self, Rejected> {
        let known: Vec<_> = W::WORDS.iter().map(|(word, _)| *word).collect();
        Ok(Self(raw.each(|raw| Ok(W::WORDS[index_of(raw, &known)?].1))?))
    }

    fn plain(&self, raw: &Raw<'_>) -> Json {
        let words =
            raw.each(|raw| Ok(raw.text().map_or_else(String::new, |text| text.trim().to_owned())));
        words.map_or(Json::Null, Json::from)
    }
}
