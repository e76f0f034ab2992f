use serde_json::Value as Json;

use crate::config::raw::Raw;
use crate::config::value::sealed::Parse;
use crate::config::{Rejected, SettingDef};

impl Parse for String {
    fn parse(_: &SettingDef, raw: &Raw<'_>) -> Result<Self, Rejected> {
        Ok(raw.text().ok_or_else(|| raw.is_not("text"))?.into_owned())
    }

    fn plain(&self, _: &Raw<'_>) -> Json {
        Json::from(self.as_str())
    }
}
