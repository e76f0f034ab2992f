//! Manual control of the circuits of keys, and new options.

use seawall_breaker::{
    BreakerOptions, CircuitBreaker, Control, KeyOptions, KeyOverflow, KeyedBreaker, State,
};
use seawall_core::{Driver, Event, Observer, Topic};

use super::{Fixture, options};
use crate::fixture::{MS, SECOND};

#[test]
fn one_key_is_taken_in_hand_and_let_go() {
    let bench = Fixture::new(&options(), &KeyOptions::new());
    let breaker = &bench.breaker;
    breaker.force_open("a").expect("room");
    let refusal = bench.acquire("a").expect_err("forced open");
    assert_eq!(refusal.retry_after(), None, "nobody knows");
    assert!(bench.admits("b"));
    breaker.disable("a").expect("room");
    bench.fail("a", 9);
    assert_eq!(bench.state("a"), Some(State::Disabled));
    breaker.observe("a").expect("room");
    bench.fail("a", 9);
    assert_eq!(bench.state("a"), Some(State::Observing));
    breaker.reset("a").expect("room");
    bench.fail("a", 1);
    assert_eq!(bench.state("a"), Some(State::Closed));
    breaker.trip("a", 60 * SECOND).expect("room");
    assert_eq!(bench.acquire("a").expect_err("open").retry_after(), Some(60 * SECOND));
}

#[test]
fn resetting_a_key_that_is_not_kept_keeps_nothing() {
    let bench = Fixture::new(&options(), &KeyOptions::new());
    bench.breaker.reset("a").expect("nothing to do");
    assert_eq!(bench.breaker.keys(), 0);
}

#[test]
fn a_key_without_room_cannot_be_taken_in_hand() {
    for overflow in [KeyOverflow::Shared, KeyOverflow::Reject, KeyOverflow::EvictColdest] {
        let bench = Fixture::new(&options(), &KeyOptions::new().max_keys(1).overflow(overflow));
        bench.breaker.force_open("a").expect("room");
        let error = bench.breaker.force_open("b").expect_err("no room");
        assert_eq!(error.to_string(), "circuit breaker `partners` has no room for another key");
        assert!(!bench.is_kept("b") && bench.breaker.keys() == 1);
        bench.breaker.force_open("a").expect("it is kept");
        bench.breaker.reset("a").expect("it is kept");
        bench.breaker.force_open("b").expect("a has nothing against it");
        assert_eq!((bench.is_kept("a"), bench.state("b")), (false, Some(State::ForcedOpen)));
    }
}

#[test]
fn all_keys_are_taken_in_hand_those_that_come_later_too() {
    let bench = Fixture::new(&options(), &KeyOptions::new().max_keys(3));
    bench.fail("open", 2);
    bench.fail("counted", 1);
    bench.breaker.force_open_all();
    let unkeyed = || bench.breaker.protect().acquire_blocking().map(|_| ());
    assert!(!bench.admits("open") && !bench.admits("counted") && !bench.admits("new"));
    assert!(!bench.admits("without room") && unkeyed().is_err());
    assert_eq!(bench.state("new"), Some(State::ForcedOpen));
    bench.breaker.disable_all();
    assert!(bench.admits("open") && bench.admits("new") && bench.admits("without room"));
    bench.fail("counted", 9);
    bench.breaker.observe_all();
    bench.fail("counted", 9);
    unkeyed().expect("observed");
    let states = bench.breaker.summary();
    assert_eq!((states.keys, states.keys_in(State::Observing)), (3, 3));
    bench.breaker.reset_all();
    bench.fail("counted", 1);
    let summary = bench.breaker.summary();
    assert_eq!(summary.keys_in(State::Closed), 3);
    assert_eq!([summary.unkeyed.state, summary.shared.state], [State::Closed; 2]);
    bench.succeed("later");
    assert_eq!(bench.state("later"), Some(State::Closed), "it took the room of one without counts");
}

#[test]
fn one_key_can_be_let_go_while_all_others_are_in_hand() {
    let bench = Fixture::new(&options(), &KeyOptions::new());
    bench.breaker.force_open_all();
    bench.breaker.reset("a").expect("room");
    assert!(bench.admits("a") && !bench.admits("b"));
}

#[test]
fn results_from_before_a_hand_moved_it_are_late() {
    let bench = Fixture::new(&options().failures(1), &KeyOptions::new());
    let before = bench.admitted("a");
    bench.breaker.disable_all();
    bench.breaker.reset_all();
    before.failure();
    let status = bench.breaker.status("a").expect("kept");
    assert_eq!((status.state, status.calls.late), (State::Closed, 1));
}

#[test]
fn other_options_go_on_with_what_was_counted() {
    let bench = Fixture::new(&options().failures(3), &KeyOptions::new());
    bench.fail("a", 2);
    bench.fail("open", 3);
    let unkeyed = || bench.breaker.protect().acquire_blocking().expect("closed");
    unkeyed().failure();
    bench.breaker.reconfigure(&options().failures(2), &KeyOptions::new()).expect("valid");
    assert_eq!(bench.state("open"), Some(State::Open));
    assert_eq!(bench.breaker.status("a").expect("kept").failures, 1, "one below the new limit");
    bench.fail("a", 1);
    assert_eq!(bench.state("a"), Some(State::Open));
    bench.fail("new", 2);
    assert_eq!(bench.state("new"), Some(State::Open), "new keys begin with them");
    unkeyed().failure();
    assert_eq!(bench.breaker.summary().unkeyed.state, State::Open);
}

#[test]
fn other_options_may_change_which_keys_can_be_forgotten() {
    let keys = KeyOptions::new().max_keys(2).overflow(KeyOverflow::Reject);
    let (short, long) = (options().window(SECOND), options().failures(9).window(60 * SECOND));
    let bench = Fixture::new(&short, &keys);
    bench.fail("a", 1);
    bench.wait(500 * MS);
    bench.fail("b", 1);
    bench.breaker.reconfigure(&long, &keys).expect("valid");
    bench.wait(750 * MS);
    let refusal = bench.acquire("c").expect_err("failures count for longer now");
    assert_eq!(refusal.retry_after(), Some(60 * SECOND - 1250 * MS));
    bench.breaker.reconfigure(&short, &keys).expect("valid");
    bench.fail("c", 1);
    assert_eq!([bench.is_kept("a"), bench.is_kept("b")], [false, true]);
    let streak = BreakerOptions::new("partners").consecutive_failures(9);
    bench.breaker.reconfigure(&streak, &keys).expect("valid");
    assert!(bench.admits("d"), "what the new rule counts has not happened yet");
}

#[test]
fn options_that_are_refused_change_nothing() {
    let bench = Fixture::new(&options(), &KeyOptions::new().key_parts(1));
    let same = KeyOptions::new().key_parts(1);
    let error = bench.breaker.reconfigure(&options(), &KeyOptions::new()).expect_err("other keys");
    assert_eq!(error.option(), "key_parts");
    let error = bench.breaker.reconfigure(&options().failures(9), &same.max_keys(0));
    assert_eq!(error.expect_err("no key").option(), "max_keys");
    let error = bench.breaker.reconfigure(&options().failures(0), &same);
    assert_eq!(error.expect_err("no failure").option(), "failures");
    bench.fail("a", 2);
    assert_eq!(bench.state("a"), Some(State::Open));
}

#[test]
fn who_hears_of_a_change_may_use_the_breaker() {
    struct Curious(KeyedBreaker);
    impl Observer for Curious {
        fn observe(&self, event: &Event<'_>) {
            if event.topic == Topic::BreakerChanged {
                let _states = (self.0.summary(), self.0.status("a"), self.0.not_closed());
                self.0.reset_all();
            }
        }
    }
    let breaker = KeyedBreaker::start(&options(), &KeyOptions::new()).expect("valid");
    let watched = breaker.clone();
    let watched = watched.with_driver(Driver::new().with_observer(Curious(breaker.clone())));
    watched.force_open("a").expect("room");
    assert_eq!(breaker.status("a").map(|status| status.state), Some(State::Closed));
    watched.disable_all();
    assert_eq!(breaker.summary().keys_in(State::Closed), 1);
}

#[test]
fn one_switch_takes_single_breakers_and_those_with_keys_in_hand() {
    let (maintenance, bench) = (Control::new(), Fixture::new(&options(), &KeyOptions::new()));
    let single = CircuitBreaker::start(&options()).expect("valid");
    let states =
        || (single.status().state, bench.state("a"), bench.breaker.summary().unkeyed.state);
    bench.fail("a", 2);
    maintenance.attach(&single);
    maintenance.attach(&bench.breaker);
    maintenance.attach(&bench.breaker.clone());
    maintenance.disable();
    assert_eq!(states(), (State::Disabled, Some(State::Disabled), State::Disabled));
    maintenance.resume();
    assert_eq!(states(), (State::Closed, Some(State::Closed), State::Closed));
    maintenance.detach(&bench.breaker);
    maintenance.force_open();
    assert_eq!(states(), (State::ForcedOpen, Some(State::Closed), State::Closed));
    maintenance.attach(&bench.breaker);
    assert_eq!(states(), (State::ForcedOpen, Some(State::ForcedOpen), State::ForcedOpen));
    assert!(!bench.admits("new"));
    maintenance.detach(&single);
    maintenance.resume();
    assert_eq!(states(), (State::ForcedOpen, Some(State::Closed), State::Closed));
}
