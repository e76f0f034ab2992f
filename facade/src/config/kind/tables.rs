use figment::value::Value;
use serde_json::Value as Json;

use crate::config::raw::Raw;
use crate::config::value::sealed::Parse;
use crate::config::{Rejected, SettingDef};

/// Tables by name, which [`Table::tables`](crate::settings::Table::tables) returns.
#[derive(Debug)]
pub struct Tables(());

impl Parse for Tables {
    fn parse(_: &SettingDef, raw: &Raw<'_>) -> Result<Self, Rejected> {
        match &*raw.value {
            Value::Dict(..) => Ok(Self(())),
            _ => Err(raw.is_no_table().into()),
        }
    }

    fn plain(&self, _: &Raw<'_>) -> Json {
        Json::Null
    }
}
