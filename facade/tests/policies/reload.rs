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
fn protections_that_code_composed_follow_a_budget_of_the_settings() {
    let plan = |settings: &str| {
        let config = ConfigSource::new().toml_str(settings);
        Infrastructure::builder().config(config).plan().expect("valid settings")
    };
    let old = plan(SETTINGS);
    let new = plan(&SETTINGS.replace("floor = 2", "floor = 3"));
    let diff = PlanDiff::between(&old, &new);
    assert_eq!(diff.changes().len(), 1);
    assert!(matches!(diff.changes()[0].kind(), ChangeKind::Restarted(_)), "{diff}");
    assert!(diff.to_string().contains("floor: 2 → 3 (inline TOML:3)"), "{diff}");
    assert!(
        PlanDiff::between(&old, &plan(&format!("{SETTINGS}backoff = 'exponential'"))).is_empty()
    );
}
