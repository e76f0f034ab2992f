use seawall::{ConfigSource, Infrastructure};

use super::problems;

const PROTECTION: &str = "[breaker.payments]\n[budget.mails]\n[protection.cache]\ntimeout = '1s'\n[protection.p]\nbreaker = 'payments'\n";

/// Settings of a protection, and what is said of them.
const WRONG: &[(&str, &str)] = &[
    ("attempts = 0", "7: protection.p.attempts: 0 is too small; expected 1 to 100"),
    ("attemps = 2", "7: protection.p.attemps: unknown key; did you mean `attempts`?"),
    (
        "attempts = 2\nidempotent = true\nbackoff = 'exponental'",
        "9: protection.p.backoff: \"exponental\" is not known; expected one of exponential, fixed, decorrelated; did you mean `exponential`?",
    ),
    (
        "attempts = 2\nidempotent = 'yes'",
        "8: protection.p.idempotent: \"yes\" is not a flag; expected true or false; did you mean `true`?",
    ),
    (
        "attempts = 2\nidempotent = true\nbudget = 'paymnts'",
        "9: protection.p.budget: no budget named `paymnts` is configured; expected one of mails, payments, cache, p; did you mean `payments`?",
    ),
    (
        "backoff_base = '50ms'",
        "7: protection.p.backoff_base: it does nothing by itself; expected attempts with it",
    ),
    (
        "budget = 'mails'",
        "7: protection.p.budget: it does nothing by itself; expected attempts or hedge with it",
    ),
    (
        "attempts = 2\nidempotent = true\nbackoff_base = '2s'",
        "9: protection.p.backoff_base: 2s is longer than `backoff_max`, which is 1s by default; expected 1s at most, or `backoff_max = \"2s\"` with it",
    ),
    (
        "attempts = 2\nidempotent = true\nbackoff_base = '2s'\nbackoff_max = '1s'",
        "10: protection.p.backoff_max: 1s is shorter than `backoff_base` (2s); expected 2s or more",
    ),
    (
        "timeout = 'p99.9 x 200'",
        "7: protection.p.timeout: the factor 200 is not between 1 and 100; expected a duration like \"1s\", or a quantile like \"p99.9 x 2 (100ms..5s)\"",
    ),
    (
        "timeout = 'p999'",
        "7: protection.p.timeout: p999 is not between p50 and p99.99; expected a duration like \"1s\", or a quantile like \"p99.9 x 2 (100ms..5s)\"",
    ),
    (
        "timeout = 'p99 x 2 (5s..1s)'",
        "7: protection.p.timeout: the minimum of 5s is more than the maximum of 1s; expected a duration like \"1s\", or a quantile like \"p99.9 x 2 (100ms..5s)\"",
    ),
    (
        "timeout = 'p99 times 2'",
        "7: protection.p.timeout: \"p99 times 2\" is not a quantile; expected a duration like \"1s\", or a quantile like \"p99.9 x 2 (100ms..5s)\"",
    ),
    (
        "timeout = 5",
        "7: protection.p.timeout: 5 has no unit; expected a duration like \"1s\", or a quantile like \"p99.9 x 2 (100ms..5s)\"; did you mean `\"5s\"`?",
    ),
    (
        "hedge = 'p95 5%'\nidempotent = true",
        "7: protection.p.hedge: \"p95 5%\" is not a quantile; expected \"off\", or a quantile or a duration, and a share, like \"p95, 5%\" or \"20ms, 5%\"",
    ),
    (
        "hedge = 'p95, 5'\nidempotent = true",
        "7: protection.p.hedge: \"p95, 5\" is not a hedge; expected \"off\", or a quantile or a duration, and a share, like \"p95, 5%\" or \"20ms, 5%\"",
    ),
    (
        "hedge_min = '5ms'",
        "7: protection.p.hedge_min: it does nothing by itself; expected hedge with it",
    ),
    (
        "fallback = 'cach'",
        "7: protection.p.fallback: no protection named `cach` is configured; expected one of cache, p; did you mean `cache`?",
    ),
    (
        "fallback = 'p'",
        "7: protection.p.fallback: a protection is no fallback of itself; expected another protection",
    ),
    (
        "fallback = 'cache'\nfallback_for = ['refused', 'timeout']",
        "8: protection.p.fallback_for[1]: \"timeout\" is not known; expected one of refused, timed_out, failed, overload; did you mean `timed_out`?",
    ),
    (
        "attempts = 2\nidempotent = true\nretry_after_max = '2d'",
        "9: protection.p.retry_after_max: 2days is too long; expected one day at most",
    ),
];

#[test]
fn what_is_wrong_with_a_policy_is_said_where_it_stands() {
    for (settings, problem) in WRONG {
        assert_eq!(problems(&format!("{PROTECTION}{settings}")), [*problem], "{settings}");
    }
}

#[test]
fn what_is_wrong_with_a_budget_is_said_where_it_stands() {
    let wrong = [
        ("ratio = 20", "2: budget.b.ratio: 20 is too large; expected 0 to 1; did you mean `0.2`?"),
        (
            "ttl = '10ms'",
            "2: budget.b.ttl: 10ms is too short; expected a duration of 100ms or more",
        ),
        ("floor = 2000000", "2: budget.b.floor: must be between 0 and 1,000,000 calls a second"),
        (
            "flor = 2",
            "2: budget.b.flor: unknown key; expected one of ratio, floor, ttl; did you mean `floor`?",
        ),
    ];
    for (settings, problem) in wrong {
        assert_eq!(problems(&format!("[budget.b]\n{settings}")), [problem], "{settings}");
    }
}

#[test]
fn defaults_of_all_protections_do_not_concern_those_without_attempts() {
    let settings = "[defaults.protection]\nidempotent = true\nbackoff_base = '50ms'\n\
                    [protection.plain]\ntimeout = '1s'\n[protection.retried]\nattempts = 2";
    let config = ConfigSource::new().toml_str(settings);
    let plan = Infrastructure::builder().config(config).plan().expect("valid settings");
    let base = |at: usize| {
        let policy = plan.protections().nth(at).expect("two protections").policy();
        policy.map(|policy| policy.retry().base.as_millis())
    };
    assert_eq!([base(0), base(1)], [None, Some(50)]);
}

#[test]
fn a_description_has_the_policy_and_the_budget_with_their_sources() {
    let config = ConfigSource::new()
        .toml_str("[protection.p]\nattempts = 3\nidempotent = true")
        .environment_from([("SEAWALL_PROTECTION__P__BACKOFF_MAX", "2s")]);
    let plan = Infrastructure::builder().config(config).plan().expect("valid settings");
    assert_eq!(
        plan.to_string(),
        "budget `p`\n\
         \x20 ratio = 0.2 (default)\n\
         \x20 floor = 1 (default)\n\
         \x20 ttl = \"10s\" (default)\n\
         \n\
         protection `p`: inline TOML:1\n\
         \x20 idempotent = true (inline TOML:3)\n\
         \x20 budget = \"p\" (default)\n\
         \x20 attempts = 3 (inline TOML:2)\n\
         \x20 backoff = \"exponential\" (default)\n\
         \x20 backoff_jitter = \"full\" (default)\n\
         \x20 backoff_base = \"25ms\" (default)\n\
         \x20 backoff_max = \"2s\" (environment SEAWALL_PROTECTION__P__BACKOFF_MAX)\n\
         \x20 retry_after_max = \"1m\" (default)"
    );
    let json = serde_json::to_value(&plan).expect("it serialises");
    assert_eq!(json["components"][0]["component"], "budget");
}

#[test]
fn forms_are_shown_as_they_are_read() {
    let shown = [
        ("timeout", "p99", "p99 x 2 (100ms..5s)"),
        ("timeout", " p99.95×1.5 ( 20ms .. 1m30s ) ", "p99.95 x 1.5 (20ms..1m 30s)"),
        ("timeout", "1 s", "1s"),
        ("hedge", "p95", "p95, 5%"),
        ("hedge", "20 ms , 7.5 %", "20ms, 7.5%"),
        ("hedge", "off", "off"),
    ];
    for (key, written, shown) in shown {
        let settings = format!(
            "[protection.p]\ndeadline = '1h'\n{key} = '{written}'{}",
            if key == "hedge" { "\nidempotent = true" } else { "" }
        );
        let config = ConfigSource::new().toml_str(&settings);
        let plan = Infrastructure::builder().config(config).plan().expect("valid settings");
        let expected = format!("{key} = {shown:?} (inline TOML:3)");
        assert!(plan.to_string().contains(&expected), "{plan}");
        let schema = jsonschema::validator_for(&seawall::schema()).expect("a schema");
        let file = serde_json::json!({ "protection": { "p": { key: written } } });
        assert!(schema.is_valid(&file), "{written}");
    }
}
