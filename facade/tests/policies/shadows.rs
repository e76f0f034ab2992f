//! Shadows in settings: other options that are fed with the same calls and never obeyed.

use std::time::Duration;

use seawall::settings::PlanDiff;
use seawall::{ConfigSource, HealthState, Infrastructure, Status, Topic};

use super::{Fixture, problems};

const SHADOWED: &str = r#"
    [breaker.prices]
    consecutive_failures = 3
    reset_after = "10s"
    required = true
    shadow = { consecutive_failures = 2 }

    [protection.prices]
    breaker = "prices"
"#;

/// Makes a call that fails; returns true if it was admitted.
fn fail(fixture: &Fixture) -> bool {
    let handle = fixture.infra.protection("prices").expect("configured");
    let failed = handle.run_blocking(|| Err::<(), _>("down")).expect_err("it fails");
    failed.refusal().is_none()
}

fn statuses(fixture: &Fixture) -> Vec<Status> {
    fixture.infra.status("prices").expect("configured")
}

/// Returns how often the shadow would have refused and admitted what the breaker did not.
fn differences(fixture: &Fixture) -> [Option<u64>; 2] {
    let statuses = statuses(fixture);
    let shadow = statuses.last().expect("a layer");
    ["would_refuse", "would_admit"].map(|name| shadow.reading(name))
}

fn plan(settings: &str) -> seawall::Plan {
    let config = ConfigSource::new().toml_str(settings);
    Infrastructure::builder().config(config).plan().expect("valid settings")
}

#[test]
fn a_shadow_is_fed_with_the_calls_and_never_obeyed() {
    let fixture = Fixture::new(SHADOWED);
    assert_eq!([(); 4].map(|()| fail(&fixture)), [true, true, true, false]);
    let statuses = statuses(&fixture);
    let shown: Vec<_> =
        statuses.iter().map(|status| (status.layer.to_string(), status.state)).collect();
    assert_eq!(
        shown,
        [
            ("circuit breaker `prices`".to_owned(), "open"),
            ("circuit breaker `prices.shadow`".to_owned(), "open")
        ]
    );
    assert_eq!(differences(&fixture), [Some(1), Some(0)], "the third call");
    let components = fixture.infra.components();
    assert_eq!(components.len(), 2);
    assert!(components.iter().all(|status| status.backend == Some("native")));
}

#[test]
fn a_shadow_that_is_less_strict_would_have_admitted() {
    let fixture = Fixture::new(&SHADOWED.replace("_failures = 2", "_failures = 9"));
    assert_eq!([(); 5].map(|()| fail(&fixture)), [true, true, true, false, false]);
    assert_eq!(differences(&fixture), [Some(0), Some(2)]);
}

#[test]
fn an_open_shadow_is_no_reason_to_be_degraded() {
    let fixture = Fixture::new(SHADOWED);
    fail(&fixture);
    fail(&fixture);
    assert_eq!(statuses(&fixture)[1].state, "open");
    assert_eq!(fixture.infra.health().state, HealthState::Ready);
    fail(&fixture);
    assert_eq!(fixture.infra.health().state, HealthState::Failed);
    fixture.change("[breaker.prices]\nmode = 'observe'");
    assert_eq!(fixture.infra.health().state, HealthState::Ready, "it refuses nothing any more");
}

#[test]
fn what_a_shadow_does_not_set_it_has_from_its_component() {
    let fixture = Fixture::new(SHADOWED);
    fail(&fixture);
    fail(&fixture);
    let wait = statuses(&fixture)[1].retry_after;
    assert_eq!(wait, Some(Duration::from_secs(10)));
    fixture.change("[breaker.prices]\nreset_after = '20s'");
    fail(&fixture);
    fail(&fixture);
    fixture.time.advance(Duration::from_secs(10));
    assert_eq!(statuses(&fixture)[1].state, "open", "by the new time of the component");
}

#[test]
fn every_kind_of_component_can_have_a_shadow() {
    let fixture = Fixture::new(
        r#"
        [rate_limit.l]
        limit = 3
        period = "1m"
        shadow = { limit = "1/s" }

        [bulkhead.h]
        max_concurrent = 2
        shadow = { max_concurrent = 1 }

        [breaker.b]
        per_key = true
        shadow = { failures = 1, per_key = "off" }

        [protection.prices]
        rate_limit = "l"
        bulkhead = "h"
        breaker = "b"
        "#,
    );
    let handle = fixture.infra.protection("prices").expect("configured");
    let one = handle.call().key("a").acquire_blocking().expect("admitted");
    handle.call().key("a").acquire_blocking().expect("admitted").success();
    one.failure();
    handle.call().key("b").acquire_blocking().expect("admitted").success();
    handle.call().key("c").acquire_blocking().expect("admitted").success();
    let shadows = statuses(&fixture)
        .into_iter()
        .filter(|status| status.layer.name().as_str().ends_with(".shadow"));
    let counts: Vec<_> = shadows
        .map(|status| (status.layer.name().to_string(), status.reading("would_refuse")))
        .collect();
    assert_eq!(
        counts,
        [
            ("l.shadow".to_owned(), Some(1)),
            ("h.shadow".to_owned(), Some(1)),
            ("b.shadow".to_owned(), Some(2))
        ]
    );
}

#[test]
fn off_takes_a_setting_of_the_component_away() {
    let fixture = Fixture::new(
        r#"
        [breaker.prices]
        failures = 2
        window = "10s"
        shadow = { failures = "off", failure_rate = 0.5, minimum_calls = 5 }

        [protection.prices]
        breaker = "prices"
        "#,
    );
    fail(&fixture);
    fail(&fixture);
    let states: Vec<_> = statuses(&fixture).iter().map(|status| status.state).collect();
    assert_eq!(states, ["open", "closed"]);
}

#[test]
fn a_reload_starts_changes_and_removes_a_shadow_beside_a_component_that_goes_on() {
    let fixture = Fixture::new(&SHADOWED.replace("shadow =", "# shadow ="));
    let handle = fixture.infra.protection("prices").expect("configured");
    fail(&fixture);
    fail(&fixture);
    assert_eq!(statuses(&fixture).len(), 1);
    fixture.change("[breaker.prices.shadow]\nconsecutive_failures = 9");
    assert!(fail(&fixture));
    assert_eq!(statuses(&fixture)[0].state, "open", "the breaker has counted three");
    assert!(!fail(&fixture));
    assert_eq!(differences(&fixture), [Some(0), Some(1)]);
    fixture.change("[breaker.prices.shadow]\nconsecutive_failures = 8");
    assert_eq!(differences(&fixture), [Some(0), Some(1)], "changed in place");
    fixture.change("[breaker.prices.shadow]\nper_key = true");
    assert_eq!(differences(&fixture), [Some(0), Some(0)], "started anew");
    assert!(!fail(&fixture), "the breaker is still open");
    fixture.change("[breaker.prices]\nmode = 'observe'");
    handle.run_blocking(|| Ok::<_, ()>(())).expect("a handle that is kept follows");
    let removed = ConfigSource::new().remove("breaker.prices.shadow");
    let _applied = fixture.infra.change(&removed).expect("valid settings");
    assert_eq!(statuses(&fixture).len(), 1);
    fixture.change("[breaker.prices]\nmode = 'enforce'");
    assert!(!fail(&fixture), "the breaker is still open");
    assert_eq!(fixture.count(Topic::ComponentReplaced), 0);
}

#[test]
fn a_description_and_a_difference_have_what_a_shadow_sets() {
    let before = plan(SHADOWED);
    let shown = before.to_string();
    let after_shadow = shown.lines().filter(|line| line.contains("shadow")).collect::<Vec<_>>();
    assert_eq!(after_shadow, ["  shadow.consecutive_failures = 2 (inline TOML:6)"]);
    let after = plan(&SHADOWED.replace("_failures = 2", "_failures = 'off', failures = 4"));
    assert_eq!(
        PlanDiff::between(&before, &after).to_string(),
        "circuit breaker `prices`: changed, keeps its state\n\
         \x20 shadow.consecutive_failures: 2 → \"off\" (inline TOML:6)\n\
         \x20 shadow.failures: off → 4 (inline TOML:6)"
    );
    assert!(PlanDiff::between(&before, &plan(SHADOWED)).is_empty());
    let shadow = before.components().next().expect("a breaker").shadow().count();
    assert_eq!(shadow, 1);
}

#[test]
fn defaults_the_environment_and_presets_reach_a_shadow() {
    let config = ConfigSource::new()
        .toml_str(
            "[defaults.breaker]\nreset_after = '7s'\nshadow = { failures = 9, window = '1m' }\n\
             [breaker.a]\nfailures = 4\n[breaker.b]\nuse = 'http'\nshadow = { use = 'internal' }",
        )
        .environment_from([("SEAWALL_BREAKER__A__SHADOW__WINDOW", "2m")]);
    let plan = Infrastructure::builder().config(config).plan().expect("valid settings");
    let shadows: Vec<_> = plan
        .components()
        .map(|component| component.shadow().map(|set| format!("{set:?}")).collect::<Vec<_>>())
        .collect();
    assert_eq!(
        shadows[0],
        [
            "shadow.failures = 9 (inline TOML:3)",
            "shadow.window = \"2m\" (environment SEAWALL_BREAKER__A__SHADOW__WINDOW)"
        ]
    );
    assert!(shadows[1].contains(&"shadow.reset_after = \"1s\" (preset internal)".to_owned()));
    assert!(shadows[1].contains(&"shadow.use = \"internal\" (inline TOML:8)".to_owned()));
}

/// Settings of a shadow, and what is said of them.
const WRONG: &[(&str, &str)] = &[
    ("shadow = 3", "3: breaker.b.shadow: a number is not a table; expected a table"),
    (
        "shadow = {}",
        "3: breaker.b.shadow: the shadow is empty; expected settings with other values",
    ),
    (
        "shadow = { failures = 0 }",
        "3: breaker.b.shadow.failures: 0 is too small; expected 1 to 1000000",
    ),
    (
        "shadow = { failurs = 2 }",
        "3: breaker.b.shadow.failurs: unknown key; did you mean `failures`?",
    ),
    (
        "[breaker.b.shadow]\nbackend = 'failsafe'",
        "4: breaker.b.shadow.backend: a shadow has the backend of its component",
    ),
    (
        "[breaker.b.shadow]\nmode = 'observe'",
        "4: breaker.b.shadow.mode: a shadow is never obeyed, so it does not have this",
    ),
    (
        "reset_after = '5s'\nreset_max = '10s'\n[breaker.b.shadow]\nreset_after = '20s'",
        "4: breaker.b.reset_max: for `breaker.b.shadow`, 10s is shorter than `reset_after` (20s); expected 20s or more",
    ),
];

#[test]
fn what_is_wrong_with_a_shadow_is_said_where_it_stands() {
    for (settings, problem) in WRONG {
        assert_eq!(problems(&format!("[breaker.b]\nfailures = 5\n{settings}")), [*problem]);
    }
    assert_eq!(
        problems("[defaults.breaker.shadow]\nfailurs = 2"),
        ["2: defaults.breaker.shadow.failurs: unknown key; did you mean `failures`?"]
    );
    let one = problems("[breaker.b]\nfailures = 0\nshadow = { window = '1m' }");
    assert_eq!(one, ["2: breaker.b.failures: 0 is too small; expected 1 to 1000000"]);
}

#[test]
fn shadows_count_as_layers_of_a_protection() {
    let breakers: String =
        (0..5).map(|nth| format!("[breaker.b{nth}]\nshadow = {{ failures = 9 }}\n")).collect();
    let protection = "[protection.p]\nbreaker = ['b0', 'b1', 'b2', 'b3', 'b4']";
    assert_eq!(
        problems(&format!("{breakers}{protection}")),
        [
            "11: protection.p: a protection has at most 8 layers, not 10 with their shadows; expected one nested in another"
        ]
    );
}

#[test]
fn the_schema_knows_shadows() {
    let schema = jsonschema::validator_for(&seawall::schema()).expect("a schema");
    let file = |shadow| serde_json::json!({ "breaker": { "b": { "shadow": shadow } } });
    for valid in [
        serde_json::json!({ "failures": 3, "window": "1m" }),
        serde_json::json!({ "failures": "off" }),
        serde_json::json!({ "use": "internal" }),
    ] {
        assert!(schema.is_valid(&file(valid.clone())), "{valid}");
    }
    for wrong in [
        serde_json::json!(3),
        serde_json::json!({ "failures": 0 }),
        serde_json::json!({ "failurs": 3 }),
        serde_json::json!({ "mode": "observe" }),
        serde_json::json!({ "shadow": { "failures": 3 } }),
    ] {
        assert!(!schema.is_valid(&file(wrong.clone())), "{wrong}");
    }
}
