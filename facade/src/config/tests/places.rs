//! Wherever a value is written, it is reported there, and nowhere else.

use proptest::prelude::*;

use super::*;
use crate::config::{ConfigError, Problem};

/// The tables that a source may have, and how many of its breakers a value in it is for.
const TABLES: [&str; 6] = [
    "breaker.a",
    "breaker.b",
    "defaults.breaker",
    "profile.on.breaker.a",
    "profile.on.defaults.breaker",
    "profile.off.breaker.a",
];
const KEYS: [&str; 3] = ["failures", "window", "reset_after"];

/// Returns the text of `values`, each with a value that no other one has, and the lines of them.
fn text(number: usize, values: &[(usize, usize)]) -> (String, Vec<(usize, usize, String)>) {
    let mut text = String::new();
    let mut lines = Vec::new();
    let mut line = 0;
    for (table, name) in TABLES.iter().enumerate() {
        text.push_str(&format!("[{name}]\n"));
        line += 1;
        for (_, key) in values.iter().filter(|(of, _)| *of == table) {
            let value = format!("wrong {number} {table} {key}");
            text.push_str(&format!("{} = '{value}'\n", KEYS[*key]));
            line += 1;
            lines.push((line, table, value));
        }
    }
    (text, lines)
}

proptest! {
    #[test]
    fn every_value_that_counts_is_reported_at_its_line(
        sources in prop::collection::vec(
            prop::collection::btree_set((0..TABLES.len(), 0..KEYS.len()), 0..12),
            1..4,
        ),
    ) {
        let mut source = ConfigSource::new().profile("on");
        // The value that counts for each table and key, with its line.
        let mut own = std::collections::BTreeMap::new();
        let mut defaults = std::collections::BTreeMap::new();
        for (number, values) in sources.iter().enumerate() {
            let values: Vec<_> = values.iter().copied().collect();
            let (text, lines) = text(number, &values);
            source = source.toml_str(text);
            // The profile's values come after the plain ones of the same source.
            for profile in [false, true] {
                for (line, table, value) in &lines {
                    let key = value.chars().last();
                    match TABLES[*table] {
                        "breaker.a" if !profile => { own.insert(("a", key), (*line, value.clone())); }
                        "breaker.b" if !profile => { own.insert(("b", key), (*line, value.clone())); }
                        "profile.on.breaker.a" if profile => {
                            own.insert(("a", key), (*line, value.clone()));
                        }
                        "defaults.breaker" if !profile => {
                            defaults.insert(key, (*line, value.clone()));
                        }
                        "profile.on.defaults.breaker" if profile => {
                            defaults.insert(key, (*line, value.clone()));
                        }
                        _ => {}
                    }
                }
            }
        }
        let mut expected = std::collections::BTreeSet::new();
        for name in ["a", "b"] {
            for key in ["0", "1", "2"].map(|key| key.chars().last()) {
                expected.extend(own.get(&(name, key)).or_else(|| defaults.get(&key)).cloned());
            }
        }
        let reader = source.read().unwrap();
        read_breakers(&reader.root());
        let problems = reader.finish().err();
        let problems = problems.iter().flat_map(ConfigError::problems);
        let quoted = |problem: &Problem| problem.found.split('"').nth(1).unwrap_or("").to_owned();
        let found: Vec<_> =
            problems.map(|problem| (problem.place.line().unwrap_or(0), quoted(problem))).collect();
        let count = found.len();
        let found: std::collections::BTreeSet<_> = found.into_iter().collect();
        prop_assert_eq!(found.len(), count, "each is reported once");
        prop_assert_eq!(found, expected);
    }
}
