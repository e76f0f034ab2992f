//! Breakers with a circuit for each key, by their settings.

use std::time::Duration;

use seawall::breaker::{CircuitBreaker, KeyedBreaker, State};
use seawall::{ConfigSource, Error, Infrastructure, RefusalKind};
use seawall_testkit::ManualClock;

const SECOND: Duration = Duration::from_secs(1);

fn start(settings: &str) -> Result<(Infrastructure, ManualClock), String> {
    let time = ManualClock::new();
    let settings = format!("[breaker.api]\n{settings}\n[protection.call]\nbreaker = 'api'");
    let config = ConfigSource::new().toml_str(settings);
    let infra = Infrastructure::builder().config(config).clock(time.clock()).build();
    infra.map(|infra| (infra, time)).map_err(|error| error.to_string())
}

fn problems(settings: &str) -> Vec<String> {
    let report = start(settings).map(|_| ()).expect_err("it is wrong");
    report.lines().filter(|line| line.contains("inline TOML:")).map(str::to_owned).collect()
}

fn fail(breaker: &KeyedBreaker, key: &str, times: u32) {
    for _ in 0..times {
        breaker.execute_blocking(key, || Err::<(), ()>(())).expect_err("it fails");
    }
}

#[test]
fn a_protected_call_goes_to_the_circuit_of_its_key() {
    let (infra, time) = start("per_key = true\nfailures = 2").expect("valid");
    let call = |key, result: Result<u8, ()>| {
        infra.protect("call").expect("configured").key(("host", key)).run_blocking(|| result)
    };
    for _ in 0..2 {
        assert!(matches!(call("a", Err(())), Err(Error::Failed(()))));
    }
    let refused = call("a", Ok(1)).expect_err("open");
    let refusal = refused.refusal().expect("refused");
    assert_eq!(refusal.to_string(), "circuit breaker `api` is open; retry in 5.0 s");
    assert_eq!(call("b", Ok(1)).expect("closed"), 1);
    let unkeyed = infra.execute_protected_blocking("call", || Ok::<_, ()>(2));
    assert_eq!(unkeyed.expect("closed"), 2);
    let status = &infra.status("call").expect("configured")[0];
    assert_eq!(
        (status.state, status.reading("keys"), status.reading("open")),
        ("partly_open", Some(2), Some(1))
    );
    let breaker = infra.component::<KeyedBreaker>("api").expect("configured");
    assert_eq!(breaker.status(("host", "a")).map(|status| status.state), Some(State::Open));
    breaker.force_open(("host", "b")).expect("room");
    assert!(call("b", Ok(1)).expect_err("forced open").is_refused());
    time.advance(5 * SECOND);
    assert_eq!(call("a", Ok(1)).expect("the probe"), 1);
}

#[test]
fn which_keys_are_kept_can_be_set() {
    let settings = |more: &str| {
        let (infra, time) = start(&format!("per_key = true\nfailures = 2\n{more}")).expect("valid");
        (infra.component::<KeyedBreaker>("api").expect("configured"), time)
    };
    let (breaker, _time) = settings("max_keys = 1");
    fail(&breaker, "a", 1);
    fail(&breaker, "b", 1);
    fail(&breaker, "c", 1);
    assert_eq!(breaker.summary().shared.state, State::Open, "b and c share");
    let (breaker, _time) = settings("max_keys = 1\noverflow = 'reject'");
    fail(&breaker, "a", 1);
    let refused = breaker.protect().key("b").acquire_blocking().expect_err("no room");
    assert_eq!(refused.kind(), RefusalKind::TooManyKeys);
    let (breaker, _time) = settings("max_keys = 1\noverflow = 'evict_coldest'");
    fail(&breaker, "a", 1);
    fail(&breaker, "b", 1);
    assert!(breaker.status("a").is_none() && breaker.status("b").is_some());
    let (breaker, time) = settings("max_keys = 1\nforget_after = '1m'");
    fail(&breaker, "a", 2);
    time.advance(60 * SECOND);
    fail(&breaker, "b", 1);
    assert!(breaker.status("a").is_none() && breaker.status("b").is_some());
    let (breaker, _time) = settings("key_parts = 1");
    for user in 0..2 {
        let call = breaker.execute_blocking(("acme", user), || Err::<(), ()>(()));
        call.expect_err("it fails");
    }
    let status = breaker.status(("acme", 3)).expect("it has that of all of them");
    assert_eq!(status.state, State::Open);
}

#[test]
fn what_is_about_keys_needs_keys() {
    let about = "max_keys = 5\noverflow = 'reject'\nforget_after = '1h'\nkey_parts = 1";
    let expected: Vec<_> = ["max_keys", "overflow", "forget_after", "key_parts"]
        .into_iter()
        .zip(3..)
        .map(|(key, line)| {
            format!(
                "inline TOML:{line}: breaker.api.{key}: all keys have one circuit; \
                 expected `per_key = true` with it"
            )
        })
        .collect();
    assert_eq!(problems(&format!("per_key = false\n{about}")), expected);
    assert_eq!(problems(&format!("failures = 5\n{about}")), expected);
}

#[test]
fn what_makes_no_sense_is_named() {
    let said = |settings: &str| problems(&format!("per_key = true\n{settings}")).join("; ");
    assert!(said("max_keys = 0").contains("breaker.api.max_keys: 0 is too small"));
    assert!(said("max_keys = 5_000_000").contains("5000000 is too large"));
    assert!(said("overflow = 'rejekt'").contains("did you mean `reject`?"));
    assert!(said("forget_after = '0s'").contains("breaker.api.forget_after"));
    assert!(said("minimum_calls = 3").contains("breaker.api.minimum_calls: it does nothing"));
    assert!(problems("per_key = 'yes'").join("").contains("did you mean `true`?"));
}

#[test]
fn failsafe_says_that_it_has_no_keys() {
    let found = problems("backend = 'failsafe'\nper_key = true\nmax_keys = 5");
    let expected = "the backend `failsafe` does not have this; expected `backend = \"native\"`";
    assert_eq!(
        found,
        [
            format!("inline TOML:3: breaker.api.per_key: {expected}"),
            format!("inline TOML:4: breaker.api.max_keys: {expected}"),
        ]
    );
}

#[test]
fn a_handle_is_of_the_kind_that_was_set() {
    let (infra, _time) = start("per_key = true").expect("valid");
    let wrong =
        infra.component::<CircuitBreaker>("api").expect_err("it has a circuit a key").to_string();
    let expected = "circuit breaker `api` is a `seawall::breaker::KeyedBreaker`, not a \
                    `seawall::breaker::CircuitBreaker`";
    assert_eq!(wrong, expected);
    assert_eq!(infra.component::<KeyedBreaker>("api").expect("configured").name().as_str(), "api");
    let (infra, _time) = start("per_key = false").expect("valid");
    infra.component::<KeyedBreaker>("api").expect_err("it has one for all");
    infra.component::<CircuitBreaker>("api").expect("configured");
}
