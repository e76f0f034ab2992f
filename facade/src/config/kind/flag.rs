use figment::value::Value;

use crate::config::raw::Raw;
use crate::config::{Diagnostic, Section, Setting};

impl<'r> Section<'r> {
    /// True or false; in the environment also `1`, `yes`, `on` and their opposites.
    pub(crate) fn flag<'s>(&'s self, name: &'s str) -> Setting<'s, bool> {
        self.read(name, "true or false", flag)
    }
}

fn flag(raw: &Raw<'_>) -> Result<bool, Diagnostic> {
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
        _ => Err(raw.is_not("a flag").suggest(meant.map(|flag| flag.to_string()))),
    }
}
