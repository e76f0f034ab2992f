use serde_json::Value;

use crate::support::{Folder, assert_golden};

const OLD: &str = "\
[breaker.payments]
failures = 5

[rate_limit.customers]
limit = 100
period = \"1s\"

[bulkhead.reports]
max_concurrent = 2

[protection.charge]
breaker = \"payments\"
rate_limit = \"customers\"
timeout = \"2s\"
";

const NEW: &str = "\
[breaker.payments]
failures = 7

[rate_limit.customers]
backend = \"governor\"
limit = 100
period = \"1s\"

[bulkhead.exports]
max_concurrent = 2

[protection.charge]
breaker = \"payments\"
rate_limit = \"customers\"
timeout = \"3s\"
";

fn folder() -> Folder {
    Folder::with([("old.toml", OLD), ("new.toml", NEW), ("bad.toml", "[breaker.a]\nx = 1\n")])
}

#[test]
fn a_plan_has_each_value_and_where_it_comes_from() {
    let folder = folder().variable("SEAWALL_PROTECTION__CHARGE__TIMEOUT", "4s");
    let plan = folder.run(["plan", "old.toml"]).printed(0);
    assert!(plan.contains("  failures = 5 (old.toml:2)\n"), "{plan}");
    assert!(
        plan.contains("  timeout = \"4s\" (environment SEAWALL_PROTECTION__CHARGE__TIMEOUT)"),
        "{plan}"
    );
    let at = |layer: &str| plan.find(layer).unwrap_or_else(|| panic!("{layer} in {plan}"));
    assert!(at("  1. rate limit `customers`") < at("  2. circuit breaker `payments`"));
    let layered = folder.run(["plan", "old.toml", "new.toml"]).printed(0);
    assert!(layered.contains("failures = 7 (new.toml:2)"), "the later file wins: {layered}");

    let json: Value =
        serde_json::from_str(&folder.run(["plan", "old.toml", "--json"]).printed(0)).expect("JSON");
    assert_eq!(json["protections"][0]["name"], "charge");
    assert_eq!(json["components"][0]["name"], "payments");
}

#[test]
fn a_plan_of_wrong_settings_is_a_report() {
    let error = folder().run(["plan", "bad.toml"]).failed(1);
    let start = "1 problem in the configuration:\nbad.toml:2: breaker.a.x: unknown key";
    assert!(error.starts_with(start), "{error}");
}

#[test]
fn a_difference_says_what_a_reload_would_do() {
    let folder = folder();
    assert_golden("diff.txt", &folder.run(["diff", "old.toml", "new.toml"]).printed(0));
    assert_eq!(folder.run(["diff", "old.toml", "old.toml"]).printed(0), "no changes\n");
    folder.run(["diff", "--exit-code", "old.toml", "new.toml"]).printed(1);
    folder.run(["diff", "--exit-code", "old.toml", "old.toml"]).printed(0);
    let json = folder.run(["diff", "--json", "old.toml", "new.toml"]).printed(0);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert!(json.to_string().contains("payments"), "{json}");
    let error = folder.run(["diff", "old.toml", "bad.toml"]).failed(1);
    assert!(error.contains("bad.toml:2"), "{error}");
}
