//! Manual control through the trait that all components share.

use seawall_breaker::{BreakerOptions, KeyOptions, KeyedBreaker, State};
use seawall_core::{ControlAction, Key, KeyOverflow, ManualControl};

use crate::fixture::Fixture;

#[test]
fn each_action_puts_the_circuit_into_its_state() {
    let bench = Fixture::new(&BreakerOptions::new("payments").failures(1));
    bench.fail(1);
    for (action, state) in [
        (ControlAction::ForceClosed, State::Disabled),
        (ControlAction::Observe, State::Observing),
        (ControlAction::ForceOpen, State::ForcedOpen),
        (ControlAction::Release, State::Closed),
    ] {
        bench.breaker.act(action, None).expect("supported");
        bench.assert_state(state);
    }
    bench.fail(1);
    bench.breaker.act(ControlAction::Reset, None).expect("supported");
    bench.assert_state(State::Closed);
}

#[test]
fn a_breaker_without_keys_says_so() {
    let bench = Fixture::new(&BreakerOptions::new("payments"));
    let key = Key::new(&"acme");
    let wrong = bench.breaker.act(ControlAction::ForceOpen, Some(key)).expect_err("no keys");
    assert!(wrong.is_unsupported());
    let said = "circuit breaker `payments` does not support `force_open` for one key";
    assert_eq!(wrong.to_string(), said);
    let wrong = bench.breaker.act(ControlAction::Resize(3), None).expect_err("it has no size");
    assert_eq!(wrong.to_string(), "circuit breaker `payments` does not support `resize`");
}

#[test]
fn one_key_is_controlled_apart_from_all_others() {
    let options = BreakerOptions::new("hosts");
    let keys = KeyOptions::new().max_keys(1).overflow(KeyOverflow::Reject);
    let breaker = KeyedBreaker::start(&options, &keys).expect("valid");
    let is_open = |key: &'static str| breaker.protect().key(key).acquire_blocking().is_err();
    let one = Key::new(&"one");
    breaker.act(ControlAction::ForceOpen, Some(one)).expect("there is room");
    assert!(is_open("one"));
    let wrong = breaker.act(ControlAction::ForceOpen, Some(Key::new(&"two"))).expect_err("full");
    assert_eq!(wrong.to_string(), "circuit breaker `hosts` has no room for another key");
    assert!(!wrong.is_unsupported());
    breaker.act(ControlAction::Release, Some(one)).expect("it is kept");
    assert!(!is_open("one"));
    breaker.act(ControlAction::ForceOpen, None).expect("all");
    assert!(is_open("one") && is_open("two"));
    breaker.act(ControlAction::Release, None).expect("all");
    assert!(!is_open("one"));
}
