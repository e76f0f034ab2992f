//! Every block of settings is loaded, and every manifest names crates and features that exist.

use std::collections::BTreeSet;
use std::fs;

use figment::providers::{Format, Toml};
use seawall::{ConfigSource, Infrastructure};
use seawall_testkit::ManualClock;
use seawall_testkit::pool::Dummy;
use serde_json::{Map, Value};

use crate::pages::{root, under};

type Table = Map<String, Value>;

#[test]
fn every_toml_block_is_loaded() {
    let (mut wrong, mut settings) = (Vec::new(), 0);
    for page in under(root()) {
        for (line, block) in page.blocks("toml") {
            let at = format!("{}:{line}", page.shown());
            let table: Table = match Toml::from_str(&block) {
                Ok(table) => table,
                Err(error) => {
                    wrong.push(format!("{at}: {error}"));
                    continue;
                }
            };
            if table.keys().any(|key| key.ends_with("dependencies")) {
                wrong.extend(
                    wrong_dependencies(&table).into_iter().map(|text| format!("{at}: {text}")),
                );
            } else {
                settings += 1;
                wrong.extend(load(&table, &block).err().map(|text| format!("{at}: {text}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(settings > 7, "only {settings} blocks of settings were found");
}

/// Starts what `block` describes, with simulated connections in its pools.
fn load(table: &Table, block: &str) -> Result<(), String> {
    let time = ManualClock::new();
    let mut builder =
        Infrastructure::builder().config(ConfigSource::new().toml_str(block)).clock(time.clock());
    for name in table.get("pool").and_then(Value::as_object).into_iter().flat_map(Table::keys) {
        builder = builder.pool(name, Dummy::new(time.clock()));
    }
    builder.build().map(drop).map_err(|error| error.to_string())
}

/// Returns what is wrong with the dependencies on crates of this workspace.
fn wrong_dependencies(manifest: &Table) -> Vec<String> {
    let (mut wrong, crates) = (Vec::new(), crates());
    let tables = ["dependencies", "dev-dependencies"];
    let tables = tables.into_iter().filter_map(|key| manifest.get(key)?.as_object());
    for (name, wanted) in tables.flatten().filter(|(name, _)| name.starts_with("seawall")) {
        let Some((_, manifest)) = crates.iter().find(|(known, _)| known == name) else {
            wrong.push(format!("there is no crate {name}"));
            continue;
        };
        let features: BTreeSet<_> = manifest
            .get("features")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(Table::keys)
            .collect();
        let asked = wanted.get("features").and_then(Value::as_array).into_iter().flatten();
        for feature in asked.filter_map(Value::as_str) {
            if !features.iter().any(|known| *known == feature) {
                wrong.push(format!("{name} has no feature {feature}"));
            }
        }
    }
    wrong
}

/// Returns the name and the manifest of each member of the workspace.
pub(crate) fn crates() -> Vec<(String, Table)> {
    let read = |path| -> Table {
        Toml::from_str(&fs::read_to_string(path).expect("readable")).expect("a manifest")
    };
    let workspace = read(root().join("Cargo.toml"));
    let members = workspace["workspace"]["members"].as_array().expect("a list");
    let members = members.iter().filter_map(Value::as_str);
    let named = |member: &str| {
        let manifest = read(root().join(member).join("Cargo.toml"));
        (manifest["package"]["name"].as_str().expect("a name").to_owned(), manifest)
    };
    members.map(named).collect()
}
