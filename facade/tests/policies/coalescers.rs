//! Coalescers and last good answers, whose options settings have and whose types code says.

use std::time::Duration;

use seawall::policy::LastGood;
use seawall::settings::PlanDiff;
use seawall::{ConfigSource, Error, Infrastructure, Topic};
use seawall_core::Deadline;

use super::{Fixture, problems};

const SETTINGS: &str = r#"
    [coalesce.prices]
    max_followers = 3

    [stale.rates]
    fresh = "2s"
    stale = "30s"
"#;

const S: Duration = Duration::from_secs(1);

/// Asks for the answer of which the call ends with `result`; returns its value and whether it is stale.
fn ask(
    fixture: &Fixture,
    rates: &LastGood<u32, &'static str>,
    result: Result<u32, &'static str>,
) -> Option<(u32, bool)> {
    let clock = fixture.infra.clock();
    let deadline = Deadline::new(clock, clock.now() + S);
    let call = rates.get(deadline, "key", async || result.map_err(Error::Failed));
    let answer = fixture.time.block_on(call).ok()?;
    Some((*answer.value, answer.is_stale))
}

#[test]
fn code_gets_them_by_name_with_the_options_of_the_settings() {
    let fixture = Fixture::new(SETTINGS);
    let prices = fixture.infra.coalescer::<u32, &str>("prices").expect("configured");
    assert_eq!((prices.options().max_followers, prices.options().max_keys), (3, 10_000));
    let same = fixture.infra.coalescer::<u32, &str>("prices").expect("configured");
    let nested = prices.run("key", async || {
        assert_eq!(same.keys(), 1, "it is the same");
        Ok(7)
    });
    assert_eq!(*fixture.time.block_on(nested).expect("it leads"), Ok(7));

    let rates = fixture.infra.stale::<u32, &str>("rates").expect("configured");
    assert_eq!(ask(&fixture, &rates, Ok(1)), Some((1, false)));
    fixture.time.advance(S);
    assert_eq!(ask(&fixture, &rates, Ok(2)), Some((1, false)), "still fresh");
    fixture.time.advance(2 * S);
    assert_eq!(ask(&fixture, &rates, Err("down")), Some((1, true)));
    assert_eq!(fixture.count(Topic::StaleAnswer), 1);
    let shown: Vec<_> =
        fixture.infra.components().iter().map(|status| status.layer.to_string()).collect();
    assert_eq!(shown, ["coalescer `prices`", "coalescer `rates`"]);
}

#[test]
fn a_reload_changes_what_code_has() {
    let fixture = Fixture::new(SETTINGS);
    let rates = fixture.infra.stale::<u32, &str>("rates").expect("configured");
    ask(&fixture, &rates, Ok(1));
    fixture.time.advance(10 * S);
    fixture.change("[stale.rates]\nfresh = '20s'");
    assert_eq!(ask(&fixture, &rates, Ok(2)), Some((1, false)), "the kept value is fresh again");
    fixture.change("[stale.rates]\nfresh = '1s'\nstale = '2s'");
    assert_eq!(ask(&fixture, &rates, Err("down")), None, "it is too old by now");
}

#[test]
fn a_name_that_code_uses_is_not_taken_away() {
    let fixture = Fixture::new(SETTINGS);
    let _rates = fixture.infra.stale::<u32, &str>("rates").expect("configured");
    let gone = fixture.infra.change(&ConfigSource::new().remove("coalesce.prices"));
    let _applied = gone.expect("no code uses it");
    let gone = fixture.infra.change(&ConfigSource::new().remove("stale.rates"));
    let error = gone.expect_err("code uses it").to_string();
    assert!(error.contains("rates: it is gone, and the code uses it"), "{error}");
}

#[test]
fn a_wrong_name_or_type_is_said() {
    let fixture = Fixture::new(SETTINGS);
    let unknown = fixture.infra.coalescer::<u32, &str>("price").expect_err("misspelt");
    assert_eq!(
        unknown.to_string(),
        "coalescer `price` is not configured; did you mean `prices`? (configured: prices)"
    );
    let other = fixture.infra.coalescer::<u32, &str>("rates").expect_err("of the other table");
    assert_eq!(other.to_string(), "coalescer `rates` is not configured (configured: prices)");
    let _prices = fixture.infra.coalescer::<u32, &str>("prices").expect("configured");
    let typed = fixture.infra.coalescer::<u64, &str>("prices").expect_err("of other values");
    assert_eq!(
        typed.to_string(),
        "coalescer `prices` is a `seawall::policy::Coalescer<u32, &str>`, not a \
         `seawall::policy::Coalescer<u64, &str>`"
    );
}

#[test]
fn a_description_and_a_difference_have_them() {
    let plan = |settings: &str| {
        let config = ConfigSource::new().toml_str(settings);
        Infrastructure::builder().config(config).plan().expect("valid settings")
    };
    let before = plan(SETTINGS);
    assert_eq!(
        before.to_string(),
        "coalescer `prices`: inline TOML:2\n\
         \x20 max_keys = 10000 (default)\n\
         \x20 max_followers = 3 (inline TOML:3)\n\
         \x20 share_errors = true (default)\n\
         \n\
         coalescer `rates`: inline TOML:5\n\
         \x20 fresh = \"2s\" (inline TOML:6)\n\
         \x20 stale = \"30s\" (inline TOML:7)\n\
         \x20 backoff = \"1s\" (default)\n\
         \x20 max_keys = 10000 (default)"
    );
    let after = plan(&SETTINGS.replace("fresh = \"2s\"", "fresh = \"0s\""));
    assert_eq!(
        PlanDiff::between(&before, &after).to_string(),
        "coalescer `rates`: changed, keeps its state\n  fresh: \"2s\" → \"0s\" (inline TOML:6)"
    );
    let defaults = plan("[defaults.stale]\nfresh = '9s'\n[stale.rates]");
    assert!(defaults.to_string().contains("fresh = \"9s\" (inline TOML:2)"), "{defaults}");
}

#[test]
fn what_is_wrong_with_them_is_said_where_it_stands() {
    for (settings, problem) in [
        (
            "[coalesce.c]\nmax_keys = 0",
            "2: coalesce.c.max_keys: 0 is too small; expected 1 or more",
        ),
        (
            "[stale.s]\nfreshh = '1s'",
            "2: stale.s.freshh: unknown key; expected one of fresh, stale, backoff, max_keys; did you mean `fresh`?",
        ),
        (
            "[coalesce.c]\n[stale.c]",
            "2: stale.c: `[coalesce.c]` has this name too; expected a name for each",
        ),
        (
            "[defaults.coalesce]\nshare_errors = 'no'",
            "2: defaults.coalesce.share_errors: \"no\" is not a flag; expected true or false; did you mean `false`?",
        ),
    ] {
        assert_eq!(problems(settings), [problem]);
    }
    let schema = jsonschema::validator_for(&seawall::schema()).expect("a schema");
    let file = serde_json::json!({ "stale": { "s": { "fresh": "1s" } }, "coalesce": { "c": {} } });
    assert!(schema.is_valid(&file));
    let wrong = serde_json::json!({ "stale": { "s": { "max_followers": 3 } } });
    assert!(!schema.is_valid(&wrong));
}
