//! What is reported of wrong settings: each problem names the key that its author wrote, says what is
//! wrong with it and what to write instead.

use std::convert::Infallible;

use seawall::pooling::Manage;
use seawall::{ConfigSource, Infrastructure};

struct Nothing;

impl Manage for Nothing {
    type Resource = ();
    type Error = Infallible;

    async fn create(&self) -> Result<(), Infallible> {
        Ok(())
    }
}

fn build(config: ConfigSource) -> Result<Infrastructure, String> {
    let built = Infrastructure::builder().config(config).pool("orders", Nothing).build();
    built.map_err(|error| error.to_string())
}

/// Returns the problems of `settings`, without the place's source.
fn problems(settings: &str) -> Vec<String> {
    let report = build(ConfigSource::new().toml_str(settings)).map(|_| ()).expect_err(settings);
    report.lines().skip(1).map(|line| line.replace("inline TOML:", "")).collect()
}

const BREAKER: &str = "[breaker.b]\n";
const RATES: &str = "[breaker.b]\nfailure_rate = 0.5\n";
const RATE_LIMIT: &str = "[rate_limit.l]\nlimit = 10\nperiod = '1s'\n";
const RESET: &str = "[breaker.b]\nreset_after = '10s'\n";
const FAILSAFE: &str = "[breaker.b]\nbackend = 'failsafe'\n";
const GOVERNOR: &str = "[rate_limit.l]\nbackend = 'governor'\nlimit = 10\nperiod = '1s'\n";
const BULKHEAD: &str = "[bulkhead.b]\n";
const PROTECTION: &str =
    "[breaker.upstream]\n[protection.p]\ndeadline = '1s'\nbreaker = 'upstream'\n";
const POOL: &str = "[pool.orders]\n";

/// A table, one wrong setting in it, and what is said.
const WRONG: &[(&str, &str, &str)] = &[
    (
        BREAKER,
        "backend = 'nativ'",
        "2: breaker.b.backend: \"nativ\" is not known; expected one of native, failsafe, redis, postgres; did you mean `native`?",
    ),
    (BREAKER, "failure = 3", "2: breaker.b.failure: unknown key; did you mean `failures`?"),
    (BREAKER, "failures = 0", "2: breaker.b.failures: 0 is too small; expected 1 to 1000000"),
    (
        BREAKER,
        "window = '5M'",
        "2: breaker.b.window: \"5M\" has the unknown unit `M`; expected a duration in ns, us, ms, s, m, h, d or w, like \"10s\"; did you mean `5m`?",
    ),
    (
        BREAKER,
        "recent_failures = 3",
        "2: breaker.b.recent_failures: it does nothing by itself; expected recent_calls with it",
    ),
    (
        BREAKER,
        "recent_calls = 3",
        "2: breaker.b.recent_calls: it does nothing by itself; expected recent_failures with it",
    ),
    (
        BREAKER,
        "recent_failures = 3\nrecent_calls = 2",
        "2: breaker.b.recent_failures: must not be more than the calls they are among",
    ),
    (
        BREAKER,
        "consecutive_failures = 0",
        "2: breaker.b.consecutive_failures: 0 is too small; expected 1 to 1000000",
    ),
    (BREAKER, "failure_rate = 0", "2: breaker.b.failure_rate: must be more than zero"),
    (
        BREAKER,
        "failure_rate = 50",
        "2: breaker.b.failure_rate: 50 is too large; expected 0 to 1; did you mean `0.5`?",
    ),
    (
        BREAKER,
        "slow_call = 5",
        "2: breaker.b.slow_call: 5 has no unit; expected a duration like \"10s\" or \"250ms\"; did you mean `\"5s\"`?",
    ),
    (
        BREAKER,
        "slow_call_rate = 0.5",
        "2: breaker.b.slow_call_rate: it does nothing by itself; expected slow_call with it",
    ),
    (
        BREAKER,
        "hung_calls = 1",
        "2: breaker.b.hung_calls: it does nothing by itself; expected slow_call with it",
    ),
    (
        BREAKER,
        "rate_window = '1s'",
        "2: breaker.b.rate_window: it does nothing by itself; expected failure_rate or slow_call_rate with it",
    ),
    (
        BREAKER,
        "rate_calls = 10",
        "2: breaker.b.rate_calls: it does nothing by itself; expected failure_rate or slow_call_rate with it",
    ),
    (
        BREAKER,
        "minimum_calls = 0",
        "2: breaker.b.minimum_calls: 0 is too small; expected 1 to 1000000",
    ),
    (
        BREAKER,
        "reset_after = '0s'",
        "2: breaker.b.reset_after: 0s is zero; expected a duration like \"10s\" or \"250ms\"",
    ),
    (
        BREAKER,
        "reset_max = '1m'",
        "2: breaker.b.reset_max: it does nothing by itself; expected reset_after with it",
    ),
    (
        BREAKER,
        "reset_jitter = 0.5",
        "2: breaker.b.reset_jitter: it does nothing by itself; expected reset_max with it",
    ),
    (
        BREAKER,
        "heal_after = 0",
        "2: breaker.b.heal_after: 0 has no unit; expected a duration like \"10s\" or \"250ms\"",
    ),
    (BREAKER, "probes = 1001", "2: breaker.b.probes: 1001 is too large; expected 1 to 1000"),
    (
        BREAKER,
        "probe_successes = 0.5",
        "2: breaker.b.probe_successes: it does nothing by itself; expected probes with it",
    ),
    (
        BREAKER,
        "probe_lease = '0s'",
        "2: breaker.b.probe_lease: 0s is zero; expected a duration like \"10s\" or \"250ms\"",
    ),
    (
        BREAKER,
        "ramp = true",
        "2: breaker.b.ramp: true is not a duration; expected a duration like \"10s\" or \"250ms\"",
    ),
    (
        BREAKER,
        "ramp_floor = 1",
        "2: breaker.b.ramp_floor: it does nothing by itself; expected ramp with it",
    ),
    (
        BREAKER,
        "abandoned = 'success'",
        "2: breaker.b.abandoned: \"success\" is not known; expected one of nothing, failure",
    ),
    (
        BREAKER,
        "panicked = 'panic'",
        "2: breaker.b.panicked: \"panic\" is not known; expected one of nothing, failure",
    ),
    (
        BREAKER,
        "call_timeout = 'soon'",
        "2: breaker.b.call_timeout: \"soon\" is not a duration; expected a duration like \"10s\" or \"250ms\"",
    ),
    (
        BREAKER,
        "per_key = 'yes'",
        "2: breaker.b.per_key: \"yes\" is not a flag; expected true or false; did you mean `true`?",
    ),
    (
        BREAKER,
        "max_keys = 5",
        "2: breaker.b.max_keys: all keys have one circuit; expected `per_key = true` with it",
    ),
    (
        BREAKER,
        "overflow = 'drop'",
        "2: breaker.b.overflow: \"drop\" is not known; expected one of shared, reject, evict_coldest",
    ),
    (
        BREAKER,
        "forget_after = '1y'",
        "2: breaker.b.forget_after: \"1y\" has the unknown unit `y`; expected a duration in ns, us, ms, s, m, h, d or w, like \"10s\"",
    ),
    (BREAKER, "key_parts = 17", "2: breaker.b.key_parts: 17 is too large; expected 0 to 16"),
    (
        RESET,
        "reset_max = '5s'",
        "3: breaker.b.reset_max: 5s is shorter than `reset_after` (10s); expected 10s or more",
    ),
    (RATES, "rate_window = '9ns'", "3: breaker.b.rate_window: must be 10 ns or longer"),
    (
        RATES,
        "rate_calls = 10",
        "3: breaker.b.rate_calls: 10 is less than `minimum_calls`, which is 20 by default; expected 20 or more, or `minimum_calls = 10` with it",
    ),
    (
        RATES,
        "minimum_calls = 1_000_001",
        "3: breaker.b.minimum_calls: 1000001 is too large; expected 1 to 1000000",
    ),
    (
        FAILSAFE,
        "failures = 3",
        "3: breaker.b.failures: the backend `failsafe` does not have this; expected `backend = \"native\"` or `backend = \"redis\"` or `backend = \"postgres\"`",
    ),
    (
        FAILSAFE,
        "probe_lease = '1s'",
        "3: breaker.b.probe_lease: the backend `failsafe` does not have this; expected `backend = \"native\"` or `backend = \"redis\"` or `backend = \"postgres\"`",
    ),
    (
        FAILSAFE,
        "per_key = true",
        "3: breaker.b.per_key: the backend `failsafe` does not have this; expected `backend = \"native\"`",
    ),
    (
        FAILSAFE,
        "consecutive_failure = 2",
        "3: breaker.b.consecutive_failure: unknown key; did you mean `consecutive_failures`?",
    ),
    (
        RATE_LIMIT,
        "backend = 'memcached'",
        "4: rate_limit.l.backend: \"memcached\" is not known; expected one of native, governor, redis, postgres",
    ),
    (
        "[rate_limit.l]\nperiod = '1s'\n",
        "limit = 0",
        "3: rate_limit.l.limit: 0 is too small; expected 1 or more, or a rate like \"100/s\"",
    ),
    (
        "[rate_limit.l]\nlimit = 10\n",
        "period = '1M'",
        "3: rate_limit.l.period: \"1M\" has the unknown unit `M`; expected a duration in ns, us, ms, s, m, h, d or w, like \"10s\"; did you mean `1m`?",
    ),
    (
        "[rate_limit.l]\nlimit = 10\n",
        "",
        "1: rate_limit.l.period: missing; expected a duration like \"10s\" or \"250ms\", or `limit` as a rate like \"10/s\"",
    ),
    (RATE_LIMIT, "burst = 0", "4: rate_limit.l.burst: 0 is too small; expected 1 or more"),
    (
        RATE_LIMIT,
        "algorithm = 'gcraa'",
        "4: rate_limit.l.algorithm: \"gcraa\" is not known; expected one of gcra, periodic_bucket, fixed_window, sliding_window, leaky; did you mean `gcra`?",
    ),
    (
        RATE_LIMIT,
        "max_wait = -1",
        "4: rate_limit.l.max_wait: -1 is negative; expected a duration like \"10s\" or \"250ms\"",
    ),
    (RATE_LIMIT, "max_keys = 0", "4: rate_limit.l.max_keys: 0 is too small; expected 1 or more"),
    (
        RATE_LIMIT,
        "overflow = 'shard'",
        "4: rate_limit.l.overflow: \"shard\" is not known; expected one of shared, reject, evict_coldest; did you mean `shared`?",
    ),
    (RATE_LIMIT, "key_parts = -1", "4: rate_limit.l.key_parts: -1 is negative; expected 0 to 16"),
    (
        RATE_LIMIT,
        "override = 3",
        "4: rate_limit.l.override: a number is not a table; expected a table",
    ),
    (
        GOVERNOR,
        "algorithm = 'gcra'",
        "5: rate_limit.l.algorithm: the backend `governor` does not have this; expected `backend = \"native\"`",
    ),
    (
        GOVERNOR,
        "max_keys = 7",
        "5: rate_limit.l.max_keys: the backend `governor` does not have this; expected `backend = \"native\"` or `backend = \"redis\"` or `backend = \"postgres\"`",
    ),
    (
        GOVERNOR,
        "overflow = 'reject'",
        "5: rate_limit.l.overflow: the backend `governor` does not have this; expected `backend = \"native\"` or `backend = \"redis\"` or `backend = \"postgres\"`",
    ),
    (
        GOVERNOR,
        "override.a.key = 'a'",
        "5: rate_limit.l.override: the backend `governor` does not have this; expected `backend = \"native\"` or `backend = \"redis\"` or `backend = \"postgres\"`",
    ),
    (
        BULKHEAD,
        "backend = 'native'",
        "2: bulkhead.b.backend: \"native\" is not known; expected one of semaphore, redis, postgres",
    ),
    (
        BULKHEAD,
        "max_concurrent = 0",
        "2: bulkhead.b.max_concurrent: 0 is too small; expected 1 or more",
    ),
    (
        BULKHEAD,
        "max_wait = 5",
        "2: bulkhead.b.max_wait: 5 has no unit; expected a duration like \"10s\" or \"250ms\"; did you mean `\"5s\"`?",
    ),
    (BULKHEAD, "max_waiting = 0", "2: bulkhead.b.max_waiting: 0 is too small; expected 1 or more"),
    (
        POOL,
        "backend = 'sqlx'",
        "2: pool.orders.backend: \"sqlx\" is not known; expected one of native, deadpool, r2d2, bb8",
    ),
    (POOL, "max_size = 0", "2: pool.orders.max_size: 0 is too small; expected 1 or more"),
    (
        POOL,
        "checkout_timeout = '0s'",
        "2: pool.orders.checkout_timeout: 0s is zero; expected a duration like \"10s\" or \"250ms\"",
    ),
    (POOL, "max_overflow = -1", "2: pool.orders.max_overflow: -1 is negative; expected 0 or more"),
    (
        POOL,
        "min_idle = 'two'",
        "2: pool.orders.min_idle: \"two\" is not a whole number; expected 0 or more",
    ),
    (
        POOL,
        "max_waiting = 1.5",
        "2: pool.orders.max_waiting: 1.5 is not a whole number; expected 0 or more",
    ),
    (
        POOL,
        "connect_timeout = '0s'",
        "2: pool.orders.connect_timeout: 0s is zero; expected a duration like \"10s\" or \"250ms\"",
    ),
    (
        POOL,
        "check_timeout = '0s'",
        "2: pool.orders.check_timeout: 0s is zero; expected a duration like \"10s\" or \"250ms\"",
    ),
    (
        POOL,
        "close_timeout = '0s'",
        "2: pool.orders.close_timeout: 0s is zero; expected a duration like \"10s\" or \"250ms\"",
    ),
    (
        POOL,
        "connect_backoff = '0s'",
        "2: pool.orders.connect_backoff: 0s is zero; expected a duration like \"10s\" or \"250ms\"",
    ),
    (
        POOL,
        "connect_backoff_max = '1M'",
        "2: pool.orders.connect_backoff_max: \"1M\" has the unknown unit `M`; expected a duration in ns, us, ms, s, m, h, d or w, like \"10s\"; did you mean `1m`?",
    ),
    (
        POOL,
        "max_lifetime = 60",
        "2: pool.orders.max_lifetime: 60 has no unit; expected a duration like \"10s\" or \"250ms\"; did you mean `\"60s\"`?",
    ),
    (
        POOL,
        "max_idle_time = '1y'",
        "2: pool.orders.max_idle_time: \"1y\" has the unknown unit `y`; expected a duration in ns, us, ms, s, m, h, d or w, like \"10s\"",
    ),
    (
        POOL,
        "breaker = 'b'",
        "2: pool.orders.breaker: no breaker named `b` is configured; expected the name of a breaker",
    ),
    (
        POOL,
        "jitter_percent = 101",
        "2: pool.orders.jitter_percent: 101 is too large; expected 0 to 100",
    ),
    (
        POOL,
        "order = 'random'",
        "2: pool.orders.order: \"random\" is not known; expected one of lifo, fifo",
    ),
    (
        PROTECTION,
        "rate_limit = 'l'",
        "5: protection.p.rate_limit: no rate limit named `l` is configured; expected the name of a rate limit",
    ),
    (
        PROTECTION,
        "bulkhead = 'b'",
        "5: protection.p.bulkhead: no bulkhead named `b` is configured; expected the name of a bulkhead",
    ),
    (
        "[breaker.upstream]\n[protection.p]\n",
        "breaker = 'upstrem'",
        "3: protection.p.breaker: no breaker named `upstrem` is configured; expected upstream; did you mean `upstream`?",
    ),
    (
        "[breaker.upstream]\n[protection.p]\n",
        "breaker = ['upstream', 'upstream']",
        "3: protection.p.breaker[1]: `upstream` is listed twice; expected each name once",
    ),
    (
        PROTECTION,
        "timeout = '2s'",
        "5: protection.p.timeout: it never passes, as the `deadline` of 1s ends the call; expected 1s at most",
    ),
    (
        "[protection.p]\n",
        "deadline = 0",
        "2: protection.p.deadline: 0 has no unit; expected a duration like \"10s\" or \"250ms\"",
    ),
    (PROTECTION, "retry = 3", "5: protection.p.retry: unknown key; did you mean `attempts`?"),
    (
        "",
        "[breaker]\nfailures = 3",
        "2: breaker.failures: a number is not a table; expected `[breaker.NAME]`, with the settings below it",
    ),
    ("", "[breakers.b]", "1: breakers: unknown key; did you mean `breaker`?"),
    (
        "",
        "[retry.p]\nattempts = 3",
        "1: retry: unknown key; expected one of breaker, rate_limit, bulkhead, store, budget, protection, pool, coalesce, stale, defaults, profile",
    ),
    (
        "",
        "[protection.p]",
        "1: protection.p: the protection is empty; expected one of rate_limit, bulkhead, breaker, timeout, deadline, attempts",
    ),
];

#[test]
fn each_wrong_value_is_reported_at_its_key() {
    let mut wrong = String::new();
    for (table, setting, expected) in WRONG {
        let found = problems(&format!("{table}{setting}")).join(" | ");
        if found != *expected {
            wrong += &format!("{setting}\n    {found}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_component_that_only_a_variable_describes_and_nothing_uses_is_a_problem() {
    let file = ConfigSource::new().toml_str(
        "[breaker.payments]\nfailures = 3\n[breaker.spare]\n[protection.p]\nbreaker = 'payments'",
    );
    let report = |variable: &str| {
        let config = file.clone().environment_from([(variable, "7")]);
        build(config).map(|infra| infra.components().len())
    };
    assert_eq!(report("SEAWALL_BREAKER__PAYMENTS__FAILURES"), Ok(3));
    assert_eq!(report("SEAWALL_BREAKER__SPARE__FAILURES"), Ok(3), "code may use it");
    assert_eq!(
        report("SEAWALL_BREAKER__PAYMENT__FAILURES").expect_err("misspelt"),
        "1 problem in the configuration:\nenvironment SEAWALL_BREAKER__PAYMENT__FAILURES: \
         breaker.payment: no protection uses the breaker `payment`, which no file describes; \
         expected the name of a configured breaker; did you mean `payments`?"
    );
    let all = ConfigSource::new().environment_from([
        ("SEAWALL_BREAKER__B__FAILURES", "3"),
        ("SEAWALL_PROTECTION__P__BREAKER", "b"),
    ]);
    assert_eq!(build(all).map(|infra| infra.components().len()), Ok(2));
}

#[test]
fn a_component_that_is_listed_twice_is_a_problem_wherever_it_is_listed() {
    for settings in [
        "[breaker.x]\n[protection.p]\nbreaker = ['x', 'x']",
        "[bulkhead.x]\n[protection.p]\nbulkhead = ['x', 'x']",
        "[rate_limit.x]\nlimit = 1\nperiod = '1s'\n[protection.p]\nrate_limit = ['x', 'x']",
        "[breaker.x]\n[pool.orders]\nbreaker = ['x', 'x']",
    ] {
        let [problem] = &problems(settings)[..] else { panic!("{settings}") };
        let (place, what) = problem.split_once("[1]: ").expect("the second of the list");
        assert!(place.starts_with(&settings.lines().count().to_string()), "{place}");
        assert_eq!(what, "`x` is listed twice; expected each name once");
    }
}
