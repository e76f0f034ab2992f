use seawall::policy::Retry;
use seawall::settings::{ChangeKind, PlanDiff};
use seawall::{ConfigSource, Infrastructure};

use super::Fixture;

const SETTINGS: &str = r#"
    [budget.payments]
    floor = 2

    [protection.charge]
    attempts = 2
    idempotent = true
    budget = "payments"
"#;

#[test]
fn a_handle_that_code_keeps_follows_the_settings() {
    let fixture = Fixture::new(SETTINGS);
    let handle = fixture.infra.protection("charge").expect("configured");
    let sent = |handle: &seawall::Handle| {
        let sent = std::cell::Cell::new(0);
        let call = handle.call().run_attempts(async |_| {
            sent.set(sent.get() + 1);
            Err::<(), _>("down")
        });
        fixture.time.block_on(call).expect_err("it fails");
        sent.get()
    };
    assert_eq!(sent(&handle), 2);
    fixture.change("[protection.charge]\nattempts = 4");
    assert_eq!(sent(&handle), 4);
    fixture.change("[protection.charge]\nattempts = 1");
    assert_eq!(sent(&handle), 1);
}

#[test]
fn a_budget_keeps_its_balance_while_its_settings_stay() {
    let fixture = Fixture::new(SETTINGS);
    for _ in 0..7 {
        assert_eq!(fixture.sent("charge"), 2);
    }
    fixture.change("[protection.charge]\nattempts = 4\ndeadline = '1m'");
    assert_eq!(fixture.budget("payments").reading("balance"), Some(13));
    assert_eq!(fixture.sent("charge"), 4);
    assert_eq!(fixture.budget("payments").reading("withdrawn"), Some(10));
}

#[test]
fn a_budget_changes_while_it_is_used_unless_its_time_is_another() {
    let plan = |settings: &str| {
        let config = ConfigSource::new().toml_str(settings);
        Infrastructure::builder().config(config).plan().expect("valid settings")
    };
    let change = |settings: &str| PlanDiff::between(&plan(SETTINGS), &plan(settings));
    let floor = change(&SETTINGS.replace("floor = 2", "floor = 3"));
    assert_eq!(
        floor.to_string(),
        "budget `payments`: changed, keeps its state\n  floor: 2 → 3 (inline TOML:3)"
    );
    let ttl = change(&SETTINGS.replace("floor = 2", "floor = 2\nttl = '1m'"));
    assert!(matches!(ttl.changes()[0].kind(), ChangeKind::Restarted(_)), "{ttl}");
    assert!(change(&format!("{SETTINGS}backoff = 'exponential'")).is_empty());

    let fixture = Fixture::new(SETTINGS);
    fixture.sent("charge");
    fixture.change("[budget.payments]\nfloor = 3");
    assert_eq!(fixture.budget("payments").reading("balance"), Some(29));
}

#[test]
fn protections_that_code_composed_follow_a_budget_of_the_settings() {
    let fixture = Fixture::new(SETTINGS);
    let composed = fixture.infra.compose().retry(Retry::new().idempotent(true)).budget("payments");
    let composed = composed.build().expect("a valid composition");
    let fail = || {
        let call = composed.call().run_attempts(async |_| Err::<(), _>("down"));
        fixture.time.block_on(call).expect_err("it fails");
        fixture.budget("payments").reading("withdrawn")
    };
    assert_eq!(fail(), Some(1));
    fixture.change("[budget.payments]\nttl = '1m'");
    assert_eq!(fixture.budget("payments").reading("withdrawn"), Some(0), "it counts anew");
    assert_eq!(fail(), Some(1));
}

#[test]
fn a_composition_is_checked_as_settings_are() {
    let fixture = Fixture::new(SETTINGS);
    let wrong = fixture.infra.compose().name("p").retry(Retry::new().attempts(0)).budget("paymnts");
    assert_eq!(
        wrong.build().expect_err("wrong").to_string(),
        "2 problems in the configuration:\n\
         code: protection.p.attempts: must be between 1 and 100\n\
         code: protection.p.budget: no budget named `paymnts` is configured; did you mean `payments`?"
    );
}
