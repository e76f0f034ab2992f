//! What settings amount to, and how two versions of them differ: for people and for programs.

use seawall::settings::{ChangeKind, Plan, PlanDiff};
use seawall::{Component, ConfigSource, Infrastructure};
use serde_json::json;

const SETTINGS: &str = r#"
[breaker.payments]
backend = "failsafe"
reset_after = "10 seconds"

[rate_limit.api]
backend = "governor"
limit = "1_000 per minute"

[bulkhead.payments]
max_wait = "100ms"

[protection.charge_card]
breaker = "payments"
rate_limit = "api"
bulkhead = "payments"
deadline = "2s"
"#;

fn plan(settings: &str) -> Plan {
    plan_of(ConfigSource::new().toml_str(settings))
}

fn plan_of(config: ConfigSource) -> Plan {
    Infrastructure::builder().config(config).plan().expect("valid settings")
}

#[test]
fn a_plan_says_what_is_in_effect_and_why() {
    let variables = [("SEAWALL_BULKHEAD__PAYMENTS__MAX_WAITING", "8")];
    let config = ConfigSource::new().toml_str(SETTINGS).environment_from(variables);
    let plan = plan_of(config.set("bulkhead.payments.max_concurrent", 4));
    assert_eq!(
        plan.to_string(),
        "circuit breaker `payments`, backend `failsafe`: inline TOML:2\n\
         \x20 consecutive_failures = 5 (default)\n\
         \x20 reset_after = \"10s\" (inline TOML:4)\n\
         \n\
         rate limit `api`, backend `governor`: inline TOML:6\n\
         \x20 limit = \"1000/m\" (inline TOML:8)\n\
         \x20 period = that of `limit` (default)\n\
         \x20 burst = the limit (default)\n\
         \x20 max_wait = \"0s\" (default)\n\
         \x20 key_parts = all (default)\n\
         \n\
         bulkhead `payments`, backend `semaphore`: inline TOML:10\n\
         \x20 max_concurrent = 4 (code)\n\
         \x20 max_wait = \"100ms\" (inline TOML:11)\n\
         \x20 max_waiting = 8 (environment SEAWALL_BULKHEAD__PAYMENTS__MAX_WAITING)\n\
         \n\
         protection `charge_card`: inline TOML:13\n\
         \x20 1. rate limit `api`\n\
         \x20 2. bulkhead `payments`\n\
         \x20 3. circuit breaker `payments`\n\
         \x20 rate_limit = [\"api\"] (inline TOML:15)\n\
         \x20 bulkhead = [\"payments\"] (inline TOML:16)\n\
         \x20 breaker = [\"payments\"] (inline TOML:14)\n\
         \x20 deadline = \"2s\" (inline TOML:17)"
    );
}

#[test]
fn a_plan_serialises() {
    let plan =
        plan("[bulkhead.b]\nmax_waiting = 5\n[protection.p]\nbulkhead = 'b'\ntimeout = '1s'");
    let expected = json!({
        "components": [{
            "component": "bulkhead",
            "name": "b",
            "backend": "semaphore",
            "source": "inline TOML:1",
            "settings": [
                {"name": "max_concurrent", "value": 16, "source": "default"},
                {"name": "max_wait", "value": "0s", "source": "default"},
                {"name": "max_waiting", "value": 5, "source": "inline TOML:2"},
            ],
        }],
        "protections": [{
            "component": "protection",
            "name": "p",
            "layers": [{"component": "bulkhead", "name": "b"}],
            "source": "inline TOML:3",
            "settings": [
                {"name": "bulkhead", "value": ["b"], "source": "inline TOML:4"},
                {"name": "timeout", "value": "1s", "source": "inline TOML:5"},
            ],
        }],
        "warnings": [],
    });
    assert_eq!(serde_json::to_value(&plan).expect("it serialises"), expected);
}

#[test]
fn a_difference_says_what_changes_and_whether_state_is_kept() {
    let old = plan(
        "[breaker.kept]\nfailures = 5\n[breaker.swapped]\n[breaker.gone]\n\
         [rate_limit.api]\nlimit = '10/s'\n[protection.p]\nbreaker = 'kept'",
    );
    let new = plan(
        "[breaker.kept]\nfailures = 3\nramp = '10s'\n\
         [breaker.swapped]\nbackend = 'failsafe'\n[bulkhead.fresh]\n\
         [rate_limit.api]\nlimit = '10/s'\nkey_parts = 1\n\
         [protection.p]\nbulkhead = 'fresh'\nbreaker = 'kept'",
    );
    let diff = PlanDiff::between(&old, &new);
    assert_eq!(diff.changes().len(), 6);
    let lines = [
        "circuit breaker `gone`: removed",
        "circuit breaker `kept`: changed, keeps its state",
        "  failures: 5 → 3 (inline TOML:2)",
        "  ramp: off → \"10s\" (inline TOML:3)",
        "circuit breaker `swapped`: started anew, loses its state: it has another backend",
        "  backend: native → failsafe",
        "rate limit `api`: started anew, loses its state: by other `key_parts`, keys are counted anew",
        "  key_parts: all → 1 (inline TOML:9)",
        "bulkhead `fresh`: added",
        "protection `p`: changed, keeps its state",
        "  bulkhead: off → [\"fresh\"] (inline TOML:11)",
    ];
    assert_eq!(diff.to_string(), lines.join("\n"));
    let of = |component, name: &str| {
        let mut changes = diff.changes().iter();
        let change =
            changes.find(|change| (change.component(), change.name()) == (component, name));
        change.map(|change| (change.kind(), change.loses_state()))
    };
    assert_eq!(of(Component::CircuitBreaker, "kept"), Some((ChangeKind::Changed, false)));
    assert_eq!(of(Component::CircuitBreaker, "gone"), Some((ChangeKind::Removed, true)));
    assert_eq!(of(Component::Bulkhead, "fresh"), Some((ChangeKind::Added, false)));
    let json = serde_json::to_value(&diff).expect("it serialises");
    assert_eq!(
        json[1],
        json!({
            "component": "circuit_breaker",
            "name": "kept",
            "change": "changed",
            "reason": null,
            "old_backend": "native",
            "new_backend": "native",
            "settings": [
                {"name": "failures", "old": 5, "new": 3},
                {"name": "ramp", "old": null, "new": "10s"},
            ],
        })
    );
}

#[test]
fn another_way_to_write_the_same_is_no_difference() {
    let same = [
        "[rate_limit.api]\nlimit = '60/m'\n[bulkhead.b]\n[protection.p]\nbulkhead = 'b'",
        "[bulkhead.b]\nmax_waiting = 1024\nmax_wait = '0ms'\n\n\
         [protection.p]\nbulkhead = ['b']\n[rate_limit.api]\nlimit = 60\nperiod = '60s'",
    ];
    let [one, other] = same.map(plan);
    let diff = PlanDiff::between(&one, &other);
    assert!(diff.is_empty(), "{diff}");
    assert_eq!(diff.to_string(), "no changes");
    assert_eq!(PlanDiff::between(&one, &one), PlanDiff::default());
}
