//! The tables of settings in `docs/settings.md`, which this crate's documentation includes, and the
//! schema beside it. `SEAWALL_UPDATE=1 cargo test -p seawall --lib schema` writes both.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::{BackendDef, TableDef, tables};
use crate::build::Catalogue;
use crate::config::{DefaultValue, Kind, PRESET_TABLES, Preset, SettingDef, Word};

const HEAD: &str = include_str!("head.md");

fn settings_page() -> String {
    let mut page = HEAD.to_owned();
    for table in tables(&Catalogue::default()) {
        write_table(&mut page, &table).expect("a text takes all");
    }
    write_presets(&mut page).expect("a text takes all");
    page
}

/// Writes a row for each preset and kind of table.
fn write_presets(page: &mut String) -> std::fmt::Result {
    writeln!(page, "\n| `use` | table | values |\n|---|---|---|")?;
    for (name, preset) in Preset::WORDS {
        for table in PRESET_TABLES {
            let values = preset.values(table).iter().map(|(key, value)| format!("`{key}` {value}"));
            let values: Vec<_> = values.collect();
            if !values.is_empty() {
                writeln!(page, "| `\"{name}\"` | `[{table}.NAME]` | {} |", values.join(", "))?;
            }
        }
    }
    Ok(())
}

fn write_table(page: &mut String, table: &TableDef) -> std::fmt::Result {
    let [first, others @ ..] = &*table.backends else { return Ok(()) };
    head(page, &format!("[{}.NAME]", table.name), table.about)?;
    if !first.name.is_empty() {
        let or =
            |other: &BackendDef| format!("; or `\"{}\"`, feature `{}`", other.name, other.feature);
        let or: String = others.iter().map(or).collect();
        let (name, feature) = (first.name, first.feature);
        // What a default would hide: which kind of server is meant.
        let default = match table.name {
            "store" => format!("required | `\"{name}\"`,"),
            _ => format!("`\"{name}\"` |"),
        };
        writeln!(page, "| `backend` | {default} feature `{feature}`{or} |")?;
    }
    for def in first.settings.iter().chain(table.common()) {
        row(page, def)?;
    }
    let different: Vec<_> = others.iter().filter(|other| other.is_different(first)).collect();
    for alike in different.chunk_by(|one, next| !next.is_different(one)) {
        let backends: Vec<_> = alike.iter().map(|other| format!("`{}`", other.name)).collect();
        let (are, backends) = match &*backends {
            [one] => ("The backend", format!("{one} has")),
            several => ("The backends", format!("{} have", list(several))),
        };
        let other = alike[0];
        let names: Vec<_> = other.settings.iter().map(|def| format!("`{}`", def.name())).collect();
        writeln!(page, "\n{are} {backends} only {}.", list(&names))?;
        let own: Vec<_> = other.settings.iter().filter(|def| !first.has_same(def)).collect();
        if !own.is_empty() {
            let with = format!("[{}.NAME]` with `backend = \"{}\"", table.name, other.name);
            head(page, &with, "")?;
            own.into_iter().try_for_each(|def| row(page, def))?;
        }
    }
    for def in first.settings {
        if let Kind::Tables(each) = def.kind() {
            head(page, &format!("[{}.NAME.{}.ANY]", table.name, def.name()), def.about())?;
            each.iter().try_for_each(|def| row(page, def))?;
        }
    }
    Ok(())
}

fn head(page: &mut String, table: &str, about: &str) -> std::fmt::Result {
    let about = about.trim_end_matches('.');
    writeln!(page, "\n| `{table}` | default | {about} |\n|---|---|---|")
}

fn row(page: &mut String, def: &SettingDef) -> std::fmt::Result {
    let default = match (def.default(), def.default_value()) {
        (DefaultValue::Required, _) => "required".to_owned(),
        (DefaultValue::Depends(text), _) => text.to_owned(),
        (_, Some(value)) if value.is_string() => format!("`{value}`"),
        (_, Some(value)) => value.to_string(),
        (_, None) => "none".to_owned(),
    };
    let bounds = match def.kind() {
        Kind::Word(words) | Kind::Words(words) => {
            let words: Vec<_> = words().iter().map(|word| format!("`\"{word}\"`")).collect();
            format!(": {}", words.join(", "))
        }
        Kind::Count { min, max } if max < u32::MAX => {
            format!(" ({})", format!("{min} to {max} {}", def.unit()).trim_end())
        }
        _ => String::new(),
    };
    writeln!(page, "| `{}` | {default} | {}{bounds} |", def.name(), def.about())
}

/// Joins the names of a list for a sentence.
fn list(names: &[String]) -> String {
    match names {
        [several @ .., last] if !several.is_empty() => {
            format!("{} and {last}", several.join(", "))
        }
        _ => names.concat(),
    }
}

impl BackendDef {
    /// Returns true if it has a setting that reads the same in the documentation.
    fn has_same(&self, def: &SettingDef) -> bool {
        self.settings.iter().any(|own| {
            (own.name(), own.default(), own.about()) == (def.name(), def.default(), def.about())
        })
    }

    fn is_different(&self, other: &Self) -> bool {
        self.settings.len() != other.settings.len()
            || self.settings.iter().any(|def| !other.has_same(def))
    }
}

/// Compares the file `name` in `docs/` with `text`, or writes it.
fn check(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    if std::env::var_os("SEAWALL_UPDATE").is_some() {
        fs::write(&path, text).expect("written");
    }
    let kept = fs::read_to_string(&path).expect("the file is kept");
    assert!(
        kept == text,
        "docs/{name} is not what the declared settings say; \
         SEAWALL_UPDATE=1 cargo test -p seawall --lib schema writes it anew"
    );
}

#[test]
fn the_page_of_settings_is_what_is_declared() {
    check("settings.md", &settings_page());
}

#[test]
fn the_schema_file_is_what_is_declared() {
    let schema = serde_json::to_string_pretty(&super::schema()).expect("it serialises");
    check("seawall.schema.json", &(schema + "\n"));
}

#[test]
fn every_declared_default_is_valid() {
    let mut wrong = Vec::new();
    for table in tables(&Catalogue::default()) {
        for def in table.backends.iter().flat_map(|backend| backend.settings) {
            if matches!(def.default(), DefaultValue::Value(_)) && def.default_value().is_none() {
                wrong.push(format!("{}.{}", table.name, def.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}
