use serde_json::{Value, json};

use crate::support::{Folder, assert_golden, root};

const WRONG: &str = "\
[breaker.payments]
failurs = 5
window = \"ten\"

[rate_limit.customers]
limit = 5

[protection.charge]
breaker = \"paymens\"
timeout = \"2s\"
";

const FINE: &str = "\
[breaker.payments]
failures = 5

[profile.production.breaker.payments]
failures = 20

[pool.orders]
max_size = 4

[protection.charge]
breaker = \"payments\"
";

const FOREIGN: &str = "\
[breaker.payments]
backend = \"own\"
strength = 3

[protection.charge]
breaker = \"payments\"
";

#[test]
fn every_problem_is_printed_with_its_place() {
    let folder = Folder::with([("seawall.toml", WRONG)]);
    assert_golden("check-wrong.txt", &folder.run(["check", "seawall.toml"]).printed(1));
    let json: Value =
        serde_json::from_str(&folder.run(["check", "--json"]).printed(1)).expect("JSON");
    let first = &json["problems"][0];
    assert_eq!(
        (&json["is_fine"], &first["file"], &first["line"], &first["key"]),
        (&json!(false), &json!("seawall.toml"), &json!(2), &json!("breaker.payments.failurs"),)
    );
    assert_eq!(first["suggestion"], "failures");
    assert_eq!(json["problems"].as_array().map(Vec::len), Some(4), "{json}");
}

#[test]
fn settings_without_problems_are_fine() {
    let folder = Folder::with([("seawall.toml", FINE)]);
    let fine = "fine: 2 components, 1 protection\n";
    assert_eq!(folder.run(["check", "seawall.toml"]).printed(0), fine);
    assert_eq!(folder.run(["check"]).printed(0), fine, "the usual file");
    let json: Value =
        serde_json::from_str(&folder.run(["--json", "check"]).printed(0)).expect("JSON");
    assert_eq!(json, json!({ "is_fine": true, "problems": [], "unchecked": [] }));
    let storefront = root().join("facade/examples/storefront/storefront.toml");
    folder.run(["check", storefront.to_str().expect("text")]).printed(0);
}

#[test]
fn sources_are_those_of_init() {
    let folder = Folder::with([("other.toml", FINE)]);
    let none = folder.run(["check"]).failed(1);
    assert!(none.contains("no settings: there is no `seawall.toml` here"), "{none}");
    let folder = folder.variable("SEAWALL_CONFIG", "other.toml");
    folder.run(["check"]).printed(0);
    let folder = folder.variable("SEAWALL_BREAKER__PAYMENTS__FAILURES", "many");
    let wrong = folder.run(["check"]).printed(1);
    assert!(wrong.contains("environment SEAWALL_BREAKER__PAYMENTS__FAILURES"), "{wrong}");
    folder.run(["check", "--no-environment", "other.toml"]).printed(0);
    let json = folder.run(["check", "other.toml", "--json"]).printed(1);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["problems"][0]["variable"], "SEAWALL_BREAKER__PAYMENTS__FAILURES");
}

#[test]
fn profiles_and_tables_are_chosen() {
    let folder = Folder::with([
        ("seawall.toml", FINE),
        ("app.toml", "port = 80\n[seawall.breaker.payments]\nfailures = 3\n"),
    ]);
    let folder = folder.variable("SEAWALL_PROFILE", "staging");
    let unknown = folder.run(["check"]).printed(1);
    assert!(unknown.contains("staging"), "{unknown}");
    let plan = folder.run(["plan", "--profile", "production"]).printed(0);
    assert!(plan.contains("failures = 20 (seawall.toml:5)"), "{plan}");
    let table = ["check", "--table", "seawall", "--no-environment", "app.toml"];
    assert_eq!(folder.run(table).printed(0), "fine: 1 component, 0 protections\n");
}

#[test]
fn a_backend_of_another_crate_is_accepted_by_name() {
    let folder = Folder::with([("seawall.toml", FOREIGN)]);
    assert_golden("check-foreign.txt", &folder.run(["check"]).printed(1));
    let allowed = folder.run(["check", "--allow-backend", "own"]).printed(0);
    assert_golden("check-allowed.txt", &allowed);
    let other = folder.run(["check", "--allow-backend", "ow", "--json"]).printed(1);
    assert!(other.contains("\\\"own\\\" is not known"), "{other}");
    let json = folder.run(["check", "--allow-backend", "own", "--json"]).printed(0);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["unchecked"], json!(["breaker.payments"]));
}

#[test]
fn misuse_has_a_code_of_its_own() {
    let folder = Folder::empty();
    for (arguments, said) in [
        (["check", "--no-environment"], "need a FILE"),
        (["check", "--colour"], "unexpected argument"),
        (["chek", "seawall.toml"], "unrecognized subcommand"),
        (["diff", "seawall.toml"], "required"),
        (["status", "--every=1ms"], "at least 100ms"),
    ] {
        let error = folder.run(arguments).failed(2);
        assert!(error.contains(said), "{error}");
    }
    let missing = folder.run(["check", "no.toml"]).printed(1);
    assert!(missing.starts_with("no.toml: no such file"), "{missing}");
}

#[test]
fn colors_are_for_terminals_unless_they_are_asked_for() {
    let folder = Folder::with([("seawall.toml", WRONG)]);
    let is_colored = |text: String| text.contains('\u{1b}');
    assert!(!is_colored(folder.run(["check"]).printed(1)));
    assert!(is_colored(folder.run(["check", "--color", "always"]).printed(1)));
    let forced = Folder::with([("seawall.toml", WRONG)]).variable("CLICOLOR_FORCE", "1");
    assert!(is_colored(forced.run(["check"]).printed(1)));
    let without = forced.variable("NO_COLOR", "1");
    assert!(!is_colored(without.run(["check"]).printed(1)));
}
