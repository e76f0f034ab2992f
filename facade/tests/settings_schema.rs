//! The JSON Schema of settings: it accepts what the reader accepts, and refuses what editors can refuse.

use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Format, Toml};
use jsonschema::Validator;
use proptest::prelude::*;
use seawall::pooling::Manage;
use seawall::{ConfigSource, Infrastructure};
use serde_json::{Map, Value as Json, json};

struct Nothing;

impl Manage for Nothing {
    type Resource = ();
    type Error = Infallible;

    async fn create(&self) -> Result<(), Infallible> {
        Ok(())
    }
}

fn validator() -> Validator {
    jsonschema::draft7::new(&seawall::schema()).expect("a schema of draft 7")
}

fn json_of(toml: &str) -> Json {
    Figment::from(Toml::string(toml)).extract().expect("TOML")
}

/// Returns the TOML files of the repository that are not about its tools.
fn files_of_settings(folder: &Path, found: &mut Vec<PathBuf>) {
    const TOOLS: [&str; 6] = [
        "Cargo.toml",
        "clippy.toml",
        "deny.toml",
        "rust-toolchain.toml",
        "rustfmt.toml",
        "config.toml",
    ];
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("UTF-8");
        // Those of the crate `own-backends` name its backends; `own_backends.rs` checks them.
        if path.is_dir() && !["target", "own-backends"].contains(&name) && !name.starts_with('.') {
            files_of_settings(&path, found);
        } else if name.ends_with(".toml") && !TOOLS.contains(&name) {
            found.push(path);
        }
    }
}

#[test]
fn every_file_of_settings_in_the_repository_is_valid() {
    let mut files = Vec::new();
    files_of_settings(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), &mut files);
    assert!(files.iter().any(|path| path.ends_with("storefront.toml")), "{files:?}");
    let validator = validator();
    for path in files {
        let text = fs::read_to_string(&path).expect("UTF-8");
        let errors: Vec<_> =
            validator.iter_errors(&json_of(&text)).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", path.display());
        let line = text.lines().next().unwrap_or_default();
        let schema = line.strip_prefix("#:schema ").map(|schema| path.with_file_name(schema));
        assert!(schema.is_some_and(|schema| schema.exists()), "{}: {line}", path.display());
    }
}

#[test]
fn what_the_readme_and_the_documentation_show_is_valid() {
    let validator = validator();
    let readme = include_str!("../../README.md");
    let mut count = 0;
    for block in readme.split("```toml\n").skip(1) {
        let block = block.split("```").next().unwrap_or_default();
        if block.contains("[dependencies]") {
            continue;
        }
        count += 1;
        let errors: Vec<_> =
            validator.iter_errors(&json_of(block)).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{block}: {errors:?}");
    }
    assert!(count > 0, "the README shows settings");
}

#[test]
fn what_is_wrong_by_itself_is_refused() {
    let validator = validator();
    for wrong in [
        "[breaker.b]\nfailure = 3",
        "[breaker.b]\nfailures = 0",
        "[breaker.b]\nfailures = '3'",
        "[breaker.b]\nwindow = 10",
        "[breaker.b]\nwindow = '10 parsecs'",
        "[breaker.b]\nreset_after = '5M'",
        "[breaker.b]\nbackend = 'nativ'",
        "[breaker.b]\nbackend = 'failsafe'\nfailures = 3",
        "[breaker.b]\nfailure_rate = 50",
        "[breaker.b]\nabandoned = 'success'",
        "[breaker.'a b']",
        "[breaker]\nfailures = 3",
        "[breakers.b]",
        "[rate_limit.l]\nlimit = 'many/s'",
        "[rate_limit.l]\noverride.acme.key = []",
        "[rate_limit.l]\noverride.acme.burts = 3",
        "[protection.p]\nretry = 3",
        "[protection.p]\nbreaker = ['b', 'b']",
        "[pool.p]\njitter_percent = 101",
        "[defaults.breaker]\nfailure = 3",
        "[profile.test.breaker.b]\nfailure = 3",
        "[profile.test.profile.other]",
    ] {
        assert!(!validator.is_valid(&json_of(wrong)), "{wrong}");
    }
}

#[test]
fn a_json_file_may_name_its_schema() {
    let settings = json!({ "$schema": "./seawall.schema.json", "bulkhead": { "b": {} } });
    assert!(validator().is_valid(&settings));
    let config = ConfigSource::new().json_str(settings.to_string());
    Infrastructure::builder().config(config).plan().expect("valid settings");
    let elsewhere = json!({ "bulkhead": { "b": { "$schema": "x" } } });
    let config = ConfigSource::new().json_str(elsewhere.to_string());
    Infrastructure::builder().config(config).plan().expect_err("an unknown key");
}

#[test]
fn each_setting_has_a_description_and_objects_are_closed() {
    fn check(at: &str, schema: &Json) {
        let object = schema.as_object();
        let is_object = object.is_some_and(|object| object.get("type") == Some(&json!("object")));
        if is_object {
            assert!(!schema["additionalProperties"].is_null(), "{at}: {schema}");
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let described = property["description"].as_str().is_some_and(|text| !text.is_empty());
            assert!(described || property.get("$ref").is_some(), "{at}.{name}");
        }
        match schema {
            Json::Object(object) => {
                object.iter().for_each(|(name, below)| check(&format!("{at}.{name}"), below));
            }
            Json::Array(list) => list.iter().for_each(|below| check(at, below)),
            _ => {}
        }
    }
    check("", &seawall::schema());
}

/// Values as people write them, right and wrong.
fn value() -> impl Strategy<Value = Json> {
    let one = prop_oneof![
        (0..30_u32).prop_map(Json::from),
        (0..=4_u32).prop_map(|quarters| Json::from(f64::from(quarters) / 4.0)),
        any::<bool>().prop_map(Json::from),
        r"[0-9]{1,3}(\.5)? ?(ns|us|ms|s|m|h|d|w|sec|minutes|days|month)( ?[0-9]{1,2}(ms|s))?"
            .prop_map(Json::from),
        r"[0-9]{1,3}(\.[0-9])? ?%".prop_map(Json::from),
        r"[0-9_]{1,4} ?(/| per ) ?([0-9]{0,2}(s|m|min|hour)|[a-z])".prop_map(Json::from),
        proptest::sample::select(vec![
            "native",
            "failsafe",
            "governor",
            "semaphore",
            "bb8",
            "leaky",
            "fixed_window",
            "reject",
            "evict_coldest",
            "failure",
            "nothing",
            "fifo",
            "b",
            "p",
        ])
        .prop_map(Json::from),
    ];
    let one = one.boxed();
    prop_oneof![4 => one.clone(), 1 => prop::collection::vec(one, 0..3).prop_map(Json::from)]
}

/// A table of the kind `kind`, with keys that the schema has for it.
fn table(kind: &'static str) -> impl Strategy<Value = (&'static str, Json)> {
    let schema = seawall::schema();
    let definition = &schema["definitions"][kind];
    let parts = definition["anyOf"].as_array().cloned().unwrap_or_else(|| vec![definition.clone()]);
    let keys =
        parts.iter().flat_map(|part| part["properties"].as_object().expect("it has some").keys());
    let keys: Vec<String> = keys.cloned().collect();
    let pair = (proptest::sample::select(keys), value());
    let table = prop::collection::vec(pair, 0..4).prop_map(Map::from_iter);
    table.prop_map(move |mut table: Map<String, Json>| {
        if kind == "rate_limit" {
            table.entry("limit").or_insert_with(|| Json::from("5/s"));
        }
        (kind, Json::Object(table))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_the_reader_accepts_the_schema_accepts(
        (kind, table) in prop_oneof![
            table("breaker"), table("rate_limit"), table("bulkhead"), table("pool"),
        ],
    ) {
        thread_local!(static VALIDATOR: Validator = validator());
        let settings = json!({ kind: { "p": table } });
        let config = ConfigSource::new().json_str(settings.to_string());
        let builder = Infrastructure::builder().config(config).pool("p", Nothing);
        if let Err(error) = builder.plan() {
            // What is wrong has a place, whatever it is.
            for problem in error.problems() {
                let key = format!("{kind}.p");
                prop_assert!(problem.place.key().starts_with(&key), "{problem}");
                prop_assert_eq!(problem.place.line(), Some(1), "{}", problem);
            }
        } else {
            let errors: Vec<_> =
                VALIDATOR.with(|it| it.iter_errors(&settings).map(|e| e.to_string()).collect());
            prop_assert!(errors.is_empty(), "{settings}: {errors:?}");
        }
    }
}
