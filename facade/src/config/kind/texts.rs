use serde_json::Value as Json;

use crate::config::raw::Raw;
use crate::config::value::sealed::Parse;
use crate::config::{Diagnostic, Rejected, SettingDef};

/// A list of texts, or one alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Texts(pub(crate) Vec<String>);

impl Parse for Texts {
    fn parse(_: &SettingDef, raw: &Raw<'_>) -> Result<Self, Rejected> {
        let texts =
            raw.each(|raw| Ok(raw.text().ok_or_else(|| raw.is_not("text"))?.into_owned()))?;
        match texts.is_empty() {
            true => Err(Diagnostic::new("the list is empty").into()),
            false => Ok(Self(texts)),
        }
    }

    fn plain(&self, _: &Raw<'_>) -> Json {
        Json::from(self.0.clone())
    }
}
