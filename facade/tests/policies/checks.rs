//! Settings that are right by themselves, and do harm together: what is said of each, and that the next
//! value is fine.

use std::convert::Infallible;

use seawall::pooling::Manage;
use seawall::{ConfigSource, Infrastructure, Topic};

struct Nothing;

impl Manage for Nothing {
    type Resource = ();
    type Error = Infallible;

    async fn create(&self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Returns the errors and the warnings of `settings`, without the place's source.
fn said(settings: &str) -> Vec<String> {
    let config = ConfigSource::new().toml_str(settings);
    let builder = Infrastructure::builder().config(config);
    let builder = if settings.contains("[pool") { builder.pool("db", Nothing) } else { builder };
    let problems = match builder.plan() {
        Ok(plan) => plan.warnings().to_vec(),
        Err(error) => error.problems().to_vec(),
    };
    problems.iter().map(|problem| problem.to_string().replace("inline TOML:", "")).collect()
}

const RATES: &str = "[breaker.b]\nfailure_rate = 0.5\nrate_window = ";
const LIMITED: &str = "[rate_limit.l]\nlimit = '5/s'\nkey_parts = 0\n[breaker.b]\nfailure_rate = 0.5\n\
                       [protection.p]\nbreaker = 'b'\nrate_limit = 'l'\n[breaker.b2]\nfailures = 1\n";
const HUNG: &str = "[bulkhead.h]\nmax_concurrent = 16\n[protection.p]\nbreaker = 'b'\nbulkhead = 'h'\n\
                    [breaker.b]\nslow_call = '1s'\nhung_calls = ";
const RETRIED: &str = "[protection.p]\nidempotent = true\ndeadline = '5s'\n";
const HEDGED: &str = "[protection.p]\nidempotent = true\ntimeout = '1s'\nhedge = ";
const POOLED: &str =
    "[breaker.b]\n[protection.p]\nbreaker = 'b'\ntimeout = '500ms'\n[pool.db]\nbreaker = 'b'\n";

/// A name, settings up to a value, the value that does harm with what is said of it, and one that does none.
const CHECKS: &[(&str, &str, &str, &str, &str)] = &[
    (
        "a timeout beyond the deadline",
        "[protection.p]\ndeadline = '2s'\ntimeout = ",
        "'2001ms'",
        "3: protection.p.timeout: it never passes, as the `deadline` of 2s ends the call; expected 2s at most",
        "'2s'",
    ),
    (
        "a timeout that grows beyond the deadline",
        "[protection.p]\ndeadline = '2s'\ntimeout = ",
        "'p99 x 2 (10ms..5s)'",
        "3: protection.p.timeout: it may grow to 5s, past the `deadline` of 2s; expected bounds like \"(100ms..2s)\" behind the quantile",
        "'p99 x 2 (10ms..2s)'",
    ),
    (
        "attempts that do not fit",
        "[protection.p]\nidempotent = true\ndeadline = '5s'\nattempts = 3\ntimeout = ",
        "'1666ms'",
        "",
        "'1666ms'",
    ),
    (
        "attempts that do not fit, by a millisecond of a wait",
        "[protection.p]\nidempotent = true\ndeadline = '5s'\nattempts = 3\ntimeout = ",
        "'2s'",
        "4: protection.p.attempts: only 2 of 3 attempts fit: 3 × 2s and the waits between them are more than the `deadline` of 5s; expected a shorter `timeout`, a longer `deadline`, or 2 attempts at most",
        "'1666ms'",
    ),
    (
        "a window of rates that is half old calls",
        RATES,
        "'15s'\n[protection.p]\nbreaker = 'b'\ntimeout = '5s'\n[protection.q]\nbreaker = 'b'\ntimeout = '7501ms'\n[breaker.c]\n",
        "3: breaker.b.rate_window: a call under protection `q` may take 7s 501ms, so more than half of a window of 15s is calls that began before it; expected 15s 2ms or more",
        "'15s'\nreset_after = '8s'\n[protection.p]\nbreaker = 'b'\ntimeout = '7500ms'\n",
    ),
    (
        "a rate limit below the calls that a rate needs",
        LIMITED,
        "[protection.q]\nbreaker = 'b2'\n[defaults.breaker]\nminimum_calls = 56\nrate_window = '10s'",
        "14: defaults.breaker.minimum_calls: the breaker `b` never sees 56 calls: the rate limit `l` lets 55 through in 10s; expected 55 at most, or a longer `rate_window`",
        "[protection.q]\nbreaker = 'b2'\n[defaults.breaker]\nminimum_calls = 55\nrate_window = '10s'",
    ),
    (
        "a probe while old calls run",
        "[protection.p]\nbreaker = 'b'\ntimeout = '5s'\n[breaker.b]\nreset_after = ",
        "'4s'",
        "5: breaker.b.reset_after: the circuit is probed after 4s, while calls of before it opened may run for 5s under protection `p`; expected 5s or more",
        "'5s'",
    ),
    (
        "a lease shorter than a probe",
        "[protection.p]\nbreaker = 'b'\ntimeout = '5s'\n[breaker.b]\nprobe_lease = ",
        "'4s'",
        "5: breaker.b.probe_lease: a probe is taken for lost after 4s, and may answer until 5s under protection `p`; expected 5s or more",
        "'5s'",
    ),
    (
        "calls that are cut before they are slow",
        "[protection.p]\nbreaker = 'b'\ntimeout = '1s'\n[breaker.b]\nslow_call_rate = 0.5\nslow_call = ",
        "'2s'",
        "6: breaker.b.slow_call: no call is ever slow: under protection `p` it is cut at 1s, before it has taken 2s; expected less than 1s",
        "'1s'",
    ),
    (
        "more hung calls than the bulkhead lets in",
        HUNG,
        "17",
        "8: breaker.b.hung_calls: 17 calls can never hang: the bulkhead `h` let 16 in; expected 16 at most",
        "16",
    ),
    (
        "a copy after the call was cut",
        HEDGED,
        "'1s, 5%'",
        "4: protection.p.hedge: a copy after 1s is never sent: the `timeout` of 1s ends the call; expected less than 1s",
        "'999ms, 5%'",
    ),
    (
        "more hedges than extra calls",
        HEDGED,
        "'p95, 21%'",
        "4: protection.p.hedge: hedges may take 21% where the `ratio` of the budget `p` allows 20% for all extra calls; expected a share of 20% at most",
        "'p95, 20%'",
    ),
    (
        "attempts of calls that nothing says may be repeated",
        "[protection.p]\nattempts = 2",
        "",
        "2: protection.p.attempts: nothing says which calls may be repeated; expected `idempotent = true` with it if all may, or `idempotent = false` if a call says so itself",
        "\nidempotent = false",
    ),
    (
        "a bulkhead that is larger than the pool behind it",
        POOLED,
        "checkout_timeout = '100ms'\nmax_size = 10\n[bulkhead.h]\nmax_concurrent = 11\n[defaults.protection]\nbulkhead = 'h'",
        "8: pool.db.max_size: 11 calls of the bulkhead `h` compete for 10 connections: 1 wait inside the breaker, and count as slow calls; expected 11 or more, or `max_concurrent = 10` in `[bulkhead.h]`",
        "checkout_timeout = '100ms'\nmax_size = 11\n[bulkhead.h]\nmax_concurrent = 11\n[defaults.protection]\nbulkhead = 'h'",
    ),
    (
        "a checkout that ends after the call",
        POOLED,
        "checkout_timeout = '500ms'",
        "7: pool.db.checkout_timeout: a full pool shows as a timeout: protection `p` cuts the call at 500ms, the checkout ends at 500ms; expected less than 500ms",
        "checkout_timeout = '499ms'",
    ),
    (
        "a wait that uses up the deadline",
        "[protection.p]\nbulkhead = 'h'\ndeadline = '2s'\n[bulkhead.h]\nmax_wait = ",
        "'2s'",
        "5: bulkhead.h.max_wait: a call that waits 2s has used up its `deadline` of 2s under protection `p`; expected less than 2s",
        "'1999ms'",
    ),
    (
        "a wait asked for that is longer than the deadline",
        RETRIED,
        "attempts = 2\nretry_after_max = '6s'",
        "5: protection.p.retry_after_max: a `Retry-After` of 6s is never waited for: the `deadline` of 5s comes before; expected 5s at most",
        "attempts = 2\nretry_after_max = '5s'",
    ),
    (
        "a fallback that is refused with what it replaces",
        "[breaker.b]\n[breaker.c]\n[protection.p]\nbreaker = 'b'\nfallback = 'q'\n[protection.q]\nbreaker = ",
        "'b'",
        "5: protection.p.fallback: protection `q` has the same circuit breaker `b`, and is refused with it; expected a fallback with layers of its own",
        "'c'",
    ),
];

#[test]
fn each_check_says_what_will_happen_and_what_to_write() {
    let mut wrong = String::new();
    for (name, settings, harmful, sentence, near) in CHECKS {
        let found = said(&format!("{settings}{harmful}"));
        let is_said = match (&*found, *sentence) {
            ([], "") => true,
            ([one], sentence) => one.starts_with(sentence) && !sentence.is_empty(),
            _ => false,
        };
        if !is_said {
            wrong += &format!("{name}: {found:#?}\n");
        }
        let near_miss = said(&format!("{settings}{near}"));
        if !near_miss.is_empty() {
            wrong += &format!("{name}, near miss: {near_miss:#?}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn warnings_are_in_the_description_and_in_an_event_once() {
    let settings = "[breaker.b]\nreset_after = '1s'\n[protection.p]\nbreaker = 'b'\ntimeout = '5s'";
    let fixture = super::Fixture::new(settings);
    assert_eq!(fixture.count(Topic::ConfigWarning), 1);
    fixture.change("[protection.p]\ndeadline = '1m'");
    assert_eq!(fixture.count(Topic::ConfigWarning), 1, "it was known");
    fixture.change("[breaker.b]\nreset_after = '2s'");
    assert_eq!(fixture.count(Topic::ConfigWarning), 2);
    let plan = fixture.infra.describe();
    let shown = plan.to_string();
    let warning =
        "warning: inline TOML:2: breaker.b.reset_after: the circuit is probed after 2s, while";
    assert!(shown.contains(warning), "{shown}");
    let json = serde_json::to_value(&*plan).expect("it serialises");
    assert_eq!(json["warnings"].as_array().map(Vec::len), Some(1));
}
