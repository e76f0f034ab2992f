//! Retries through a breaker: they stop when its circuit opens, and do not probe it.

use seawall_breaker::{BreakerOptions, KeyOptions, KeyedBreaker, State};
use seawall_core::policy::{Budget, BudgetOptions, NotRetried, Policy, Retry};
use seawall_core::{Driver, Error, Protection, Topic};

use crate::fixture::{Fixture, SECOND};

fn policy() -> Policy {
    let budget = Budget::start(&BudgetOptions::new("payments").floor(10.0)).expect("valid options");
    Policy::new(&budget).with_retry(Retry::new().attempts(7)).expect("valid options")
}

/// Makes a call that fails each time. Returns its error and the number of its attempts.
fn fail<P: Protection>(
    fixture: &Fixture,
    driver: &Driver,
    breaker: &P,
    key: &str,
) -> (Error<&'static str>, u32) {
    let (policy, mut attempts) = (policy(), 0);
    let call = driver.protect(breaker).key(key).policy(&policy).idempotent();
    let call = call.run_attempts(|_| {
        attempts += 1;
        async { Err::<(), _>("down") }
    });
    let error = fixture.time.block_on(call).expect_err("it fails");
    (error, attempts)
}

/// RT-001 in the scenarios: others go on asking the open circuit, and return its refusal.
#[test]
fn a_call_whose_failures_open_the_circuit_asks_it_no_more() {
    let bench = Fixture::new(&BreakerOptions::new("payments").failures(3));
    let driver = Driver::new().with_clock(bench.time.clock()).with_observer(bench.recorder.clone());
    let (error, attempts) = fail(&bench, &driver, &bench.breaker, "a");
    assert_eq!((error.into_failed(), attempts), (Some("down"), 3));
    bench.assert_state(State::Open);
    assert_eq!(bench.breaker.status().calls.refused, 0);
    let events = bench.recorder.events();
    let stopped = events.iter().find(|event| event.topic == Topic::RetryExhausted);
    assert_eq!(stopped.and_then(|event| event.not_retried), Some(NotRetried::LayerNotReady));

    let (error, attempts) = fail(&bench, &driver, &bench.breaker, "a");
    assert!(error.is_refused());
    assert_eq!(attempts, 0);
    assert_eq!(bench.breaker.status().calls.refused, 1, "one refusal, not seven");
}

#[test]
fn a_probe_is_not_retried() {
    let bench = Fixture::new(&BreakerOptions::new("payments").failures(1));
    let driver = Driver::new().with_clock(bench.time.clock());
    assert_eq!(fail(&bench, &driver, &bench.breaker, "a").1, 1);
    bench.time.advance(60 * SECOND);
    assert_eq!(fail(&bench, &driver, &bench.breaker, "a").1, 1, "the probe");
    bench.breaker.observe();
    assert_eq!(fail(&bench, &driver, &bench.breaker, "a").1, 7);
    bench.breaker.disable();
    assert_eq!(fail(&bench, &driver, &bench.breaker, "a").1, 7);
}

#[test]
fn the_circuit_of_the_call_s_own_key_decides() {
    let bench = Fixture::new(&BreakerOptions::new("payments").failures(100));
    let driver = Driver::new().with_clock(bench.time.clock());
    let options = BreakerOptions::new("hosts").failures(3);
    let keyed = KeyedBreaker::start(&options, &KeyOptions::new()).expect("valid options");
    assert_eq!(fail(&bench, &driver, &keyed, "a").1, 3);
    assert_eq!(fail(&bench, &driver, &keyed, "b").1, 3);
    assert!(fail(&bench, &driver, &keyed, "a").0.is_refused());
    let kept = keyed.keys();
    let probe = seawall_core::Key::new(&"never seen");
    let call = seawall_core::Call::at(bench.time.now()).with_key(probe);
    assert!(seawall_core::Backend::accepts_extra(&keyed, &call));
    assert_eq!(keyed.keys(), kept, "asking keeps no key");
}
