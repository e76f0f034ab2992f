use figment::value::Value;
use serde_json::Value as Json;

use crate::config::raw::Raw;
use crate::config::value::sealed::Parse;
use crate::config::{Rejected, SettingDef};

/// True or false; in the environment also `1`, `yes`, `on` and their opposites.
impl Parse for bool {
    fn parse(_: &SettingDef, raw: &Raw<'_>) -> Result<Self, Rejected> {
        if let Value::Bool(_, flag) = *raw.value {
            return Ok(flag);
        }
        let meant = raw.text().and_then(|text| match &*text.trim().to_lowercase() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => None,
        });
        match meant {
            Some(flag) if raw.from_environment => Ok(flag),
            _ => Err(raw.is_not("a flag").suggest(meant.map(|flag| flag.to_string())).into()),
        }
    }

    fn plain(&self, _: &Raw<'_>) -> Json {
        Json::from(*self)
    }
}
