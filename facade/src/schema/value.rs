use serde_json::{Value as Json, json};

use crate::config::{
    DefaultValue, Kind, RATIO_PATTERN, SettingDef, duration_pattern, rate_pattern,
};

/// Returns the schema of a setting that is not a table.
pub(super) fn property(def: &SettingDef) -> Json {
    let mut property = kind(def.kind());
    let about = match def.default() {
        DefaultValue::Depends(text) => format!("{}; default: {text}", def.about()),
        _ => def.about().to_owned(),
    };
    property["description"] = Json::from(about);
    if def.is_secret() {
        property["writeOnly"] = Json::from(true);
    } else if let Some(default) = def.default_value() {
        property["default"] = default;
    }
    property
}

fn kind(kind: Kind) -> Json {
    let part = || json!({ "type": ["string", "integer", "boolean"] });
    match kind {
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Count { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Kind::Ratio => json!({ "anyOf": [
            { "type": "number", "minimum": 0, "maximum": 1 },
            { "type": "string", "pattern": RATIO_PATTERN },
        ]}),
        Kind::Duration { .. } => json!({ "type": "string", "pattern": duration_pattern() }),
        Kind::Rate { min } => json!({ "anyOf": [
            { "type": "integer", "minimum": min, "maximum": u32::MAX },
            { "type": "string", "pattern": rate_pattern() },
        ]}),
        Kind::Word(words) => json!({ "enum": words() }),
        Kind::Words(words) => json!({ "anyOf": [
            { "enum": words() },
            { "type": "array", "items": { "enum": words() }, "uniqueItems": true },
        ]}),
        Kind::Form { pattern, .. } => json!({ "type": "string", "pattern": pattern() }),
        Kind::Text | Kind::Name(_) => json!({ "type": "string" }),
        Kind::Texts => json!({ "anyOf": [
            { "type": "string" },
            { "type": "array", "items": { "type": "string" }, "minItems": 1 },
        ]}),
        Kind::Key => json!({ "anyOf": [
            part(),
            { "type": "array", "items": part(), "minItems": 1 },
        ]}),
        Kind::Names(_) => json!({ "anyOf": [
            { "type": "string" },
            { "type": "array", "items": { "type": "string" }, "uniqueItems": true },
        ]}),
        Kind::Tables(_) | Kind::Shadow => json!({ "type": "object" }),
    }
}
