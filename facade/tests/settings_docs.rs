//! The tables of settings in the documentation list the settings that the reader takes.

use std::collections::BTreeSet;
use std::convert::Infallible;

use seawall::pooling::Manage;
use seawall::ratelimit::Algorithm;
use seawall::{ConfigSource, Infrastructure};

const DOCS: &str = include_str!("../../docs/settings.md");

struct Nothing;

impl Manage for Nothing {
    type Resource = ();
    type Error = Infallible;

    async fn create(&self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Returns the keys in the table of the documentation that begins with `head`.
fn documented(head: &str) -> BTreeSet<String> {
    let start = format!("| `{head}` |");
    let lines = DOCS.lines().skip_while(|line| !line.starts_with(&start)).skip(2);
    let rows = lines.take_while(|line| line.starts_with("| "));
    let first = rows.map(|row| row.split('|').nth(1).expect("a column"));
    first.flat_map(|cell| cell.split(',')).map(|key| key.trim().trim_matches('`').into()).collect()
}

/// Returns the keys that `table` may have, by what is reported of one that it may not have.
fn known(table: &str) -> BTreeSet<String> {
    let settings = format!("{table}\nzzzzzzzzzzzz = 1");
    let config = ConfigSource::new().toml_str(settings);
    let built = Infrastructure::builder().config(config).pool("x", Nothing).build();
    let error = built.map(drop).expect_err("an unknown key");
    let unknown = error.problems().iter().find(|problem| problem.found == "unknown key");
    let expected = &unknown.expect("it is reported").expected;
    let list = expected.strip_prefix("one of ").expect("a list");
    list.split(", ").map(str::to_owned).collect()
}

#[test]
fn every_setting_is_documented_and_every_documented_setting_exists() {
    for (head, table) in [
        ("[breaker.NAME]", "[breaker.x]"),
        ("[rate_limit.NAME]", "[rate_limit.x]"),
        ("[rate_limit.NAME.override.ANY]", "[rate_limit.x.override.y]"),
        ("[bulkhead.NAME]", "[bulkhead.x]"),
        ("[pool.NAME]", "[pool.x]"),
        ("[protection.NAME]", "[protection.x]"),
    ] {
        let known = known(table);
        assert_eq!(documented(head), known, "{head}");
    }
}

#[test]
fn every_algorithm_is_documented() {
    let row = DOCS.lines().find(|line| line.starts_with("| `algorithm`")).expect("a row");
    for algorithm in Algorithm::ALL {
        assert!(
            row.contains(&format!("`\"{algorithm}\"`", algorithm = algorithm.as_str())),
            "{row}"
        );
    }
}
