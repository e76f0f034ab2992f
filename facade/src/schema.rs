//! The JSON Schema of settings, from their declarations.

use serde_json::{Map, Value as Json, json};

use crate::build::Catalogue;
use crate::config::{Kind, SHADOW, SettingDef};

#[cfg(test)]
mod docs;
mod tables;
mod value;

use self::tables::{BackendDef, TableDef, tables};

/// Returns the JSON Schema (draft 7) of a file of settings, for editors and for checks before a
/// deployment. It describes the backends that are compiled in; for those of other crates, too, use
/// [`Builder::schema`](crate::Builder::schema).
///
/// Editors take it from the first line of a TOML file, `#:schema ./seawall.schema.json`, if
/// that file is written once:
///
/// ```
/// let schema = serde_json::to_string_pretty(&seawall::schema())?;
/// # let folder = tempfile::tempdir()?;
/// # std::env::set_current_dir(&folder)?;
/// std::fs::write("seawall.schema.json", schema)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Settings may be spread over several sources, so that the schema requires none; and it does not know
/// which settings go together. Reading them checks all of it.
#[must_use]
pub fn schema() -> Json {
    of(&Catalogue::default())
}

/// Returns the schema with the backends of `catalogue`.
pub(crate) fn of(catalogue: &Catalogue) -> Json {
    let tables = tables(catalogue);
    let mut definitions = Map::new();
    let (mut named, mut defaults) = (Map::new(), Map::new());
    for table in &tables {
        let reference = json!({ "$ref": format!("#/definitions/{}", table.name) });
        named.insert(table.name.to_owned(), by_name(&reference, table.about));
        defaults.insert(table.name.to_owned(), reference);
        define(table, &mut definitions);
    }
    let defaults = closed(&defaults, "Values that hold for all components of a kind.");
    named.insert("defaults".to_owned(), defaults);
    let settings = closed(&named, "Settings.");
    definitions.insert("settings".to_owned(), settings);
    let profile = by_name(
        &json!({ "$ref": "#/definitions/settings" }),
        "Settings of one environment, which override those without a profile.",
    );
    named.insert("profile".to_owned(), profile);
    let of_json = json!({ "type": "string", "description": "The place of this schema, in JSON." });
    named.insert("$schema".to_owned(), of_json);
    let mut schema = closed(&named, "Protections for calls, and the components that they combine.");
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("Seawall");
    schema["definitions"] = Json::Object(definitions);
    schema
}

/// Adds the definition of one table, a part for each backend.
fn define(table: &TableDef, definitions: &mut Map<String, Json>) {
    let of_backends = |backends: &[BackendDef]| {
        let settings = [backends[0].settings, table.common()].concat();
        let mut properties = properties(&settings);
        if let Some(property) = properties.get_mut(SHADOW) {
            *property = shadow(backends[0].settings, property["description"].take());
        }
        if !backends[0].name.is_empty() {
            let names: Vec<_> = backends.iter().map(|backend| backend.name).collect();
            let name = json!({ "enum": names, "description": "the backend" });
            properties.insert("backend".to_owned(), name);
        }
        closed(&properties, table.about)
    };
    let is_alike = |one: &BackendDef, other: &BackendDef| {
        properties(one.settings) == properties(other.settings)
    };
    let mut parts: Vec<_> = table.backends.chunk_by(is_alike).map(of_backends).collect();
    let whole = match parts.len() {
        1 => parts.remove(0),
        _ => json!({ "anyOf": parts }),
    };
    definitions.insert(table.name.to_owned(), whole);
}

/// Returns the schema of a shadow of a component with the settings `defs`.
fn shadow(defs: &[SettingDef], about: Json) -> Json {
    let property = |def: &SettingDef| {
        let mut one = property(def);
        let about = one["description"].take();
        if let Some(one) = one.as_object_mut() {
            // What is not set is that of the component.
            one.retain(|key, _| !["description", "default"].contains(&key.as_str()));
        }
        json!({ "description": about, "anyOf": [one, { "const": "off" }] })
    };
    let properties = defs.iter().map(|def| (def.name().to_owned(), property(def))).collect();
    let mut schema = closed(&properties, "");
    schema["description"] = about;
    schema
}

fn properties(defs: &[SettingDef]) -> Map<String, Json> {
    defs.iter().map(|def| (def.name().to_owned(), property(def))).collect()
}

fn property(def: &SettingDef) -> Json {
    match def.kind() {
        Kind::Tables(each) => by_name(&closed(&properties(each), def.about()), def.about()),
        _ => value::property(def),
    }
}

/// Returns the schema of an object without further keys.
fn closed(properties: &Map<String, Json>, about: &str) -> Json {
    json!({
        "type": "object",
        "description": about,
        "properties": properties,
        "additionalProperties": false,
    })
}

/// Returns the schema of an object whose keys are names of components.
fn by_name(each: &Json, about: &str) -> Json {
    json!({
        "type": "object",
        "description": about,
        "propertyNames": { "pattern": "^[A-Za-z0-9_-]+$" },
        "additionalProperties": each,
    })
}
