//! What is told of the circuits of keys.

use std::sync::{Arc, Mutex};

use seawall_breaker::{KeyOptions, KeyedBreaker, State, Verdict};
use seawall_core::{Backend, Detail, Driver, Event, KeyHash, Observer, Topic};

use super::{Fixture, options};
use crate::fixture::SECOND;

#[test]
fn asking_for_a_key_keeps_nothing_and_changes_nothing() {
    let bench = Fixture::new(&options(), &KeyOptions::new());
    assert_eq!((bench.breaker.status("a"), bench.breaker.keys()), (None, 0));
    bench.fail("a", 2);
    bench.wait(60 * SECOND);
    for _ in 0..3 {
        let status = bench.breaker.status("a").expect("kept");
        assert_eq!((status.state, status.attempt, status.calls.refused), (State::Open, 1, 0));
        assert_eq!(status.calls.ended(Verdict::Failure), 2);
    }
    assert_eq!(
        bench.breaker.status("a").expect("kept").retry_after,
        Some(std::time::Duration::ZERO)
    );
}

#[test]
fn the_summary_has_all_keys_and_all_calls_that_ever_were() {
    let bench = Fixture::new(&options(), &KeyOptions::new().max_keys(2));
    bench.fail("open", 2);
    assert!(!bench.admits("open"));
    bench.succeed("forgotten");
    let running = bench.admitted("running");
    bench.succeed("without room");
    bench.breaker.protect().acquire_blocking().expect("closed").failure();
    let summary = bench.breaker.summary();
    assert_eq!((summary.keys, summary.keys_in(State::Open)), (2, 1));
    assert_eq!((summary.calls.admitted, summary.calls.refused), (6, 1));
    assert_eq!((summary.calls.in_flight(), summary.shared.calls.admitted), (1, 1));
    assert_eq!(summary.calls.ended(Verdict::Failure), 3);
    running.success();
    assert_eq!(bench.breaker.summary().calls.in_flight(), 0);
}

#[test]
fn the_status_page_has_the_states_and_the_books() {
    let bench = Fixture::new(&options(), &KeyOptions::new());
    let page = || Backend::status(&bench.breaker, bench.time.now());
    assert_eq!(page().state, "closed");
    bench.fail("open", 2);
    bench.succeed("closed");
    bench.breaker.disable("disabled").expect("room");
    let readings =
        ["keys", "open", "closed", "disabled", "half_open", "admitted", "failure", "late"];
    let read = readings.map(|name| page().reading(name).expect(name));
    assert_eq!((page().state, read), ("partly_open", [3, 1, 1, 1, 0, 3, 2, 0]));
    bench.breaker.reset("open").expect("kept");
    assert_eq!(page().state, "closed", "who is disabled refuses nobody");
    bench.breaker.force_open_all();
    assert_eq!(page().state, "forced_open");
    bench.breaker.reset_all();
    for _ in 0..2 {
        bench.breaker.protect().acquire_blocking().expect("closed").failure();
    }
    assert_eq!(page().state, "partly_open", "calls without a key are refused");
}

#[test]
fn keys_that_are_not_closed_are_found_by_their_hash() {
    let bench = Fixture::new(&options(), &KeyOptions::new());
    bench.fail(("host", "a"), 2);
    bench.fail(("host", "b"), 1);
    bench.breaker.disable(("host", "c")).expect("room");
    let mut found = bench.breaker.not_closed();
    found.sort_by_key(|(_, status)| status.state.as_str());
    let hash = |host: &str| bench.breaker.hash(("host", host)).expect("keys are apart");
    let states: Vec<_> = found.iter().map(|(hash, status)| (*hash, status.state)).collect();
    assert_eq!(states, [(hash("c"), State::Disabled), (hash("a"), State::Open)]);
    assert_eq!(found[1].1, bench.breaker.status(("host", "a")).expect("kept"));
}

#[test]
fn each_change_is_told_once() {
    let bench = Fixture::new(&options(), &KeyOptions::new());
    bench.fail("a", 2);
    bench.wait(5 * SECOND);
    bench.succeed("a");
    bench.breaker.force_open("a").expect("room");
    bench.breaker.reset_all();
    let changes = bench.recorder.events().into_iter().filter_map(|event| event.change);
    let changes: Vec<_> = changes.map(|change| (change.from, change.to, change.cause)).collect();
    let expected = [
        ("closed", "open", "failures within the window"),
        ("open", "half_open", "reset time over"),
        ("half_open", "closed", "probes succeeded"),
        ("closed", "forced_open", "manual"),
        ("forced_open", "closed", "manual"),
    ];
    assert_eq!(changes, expected);
    assert_eq!(bench.recorder.count(Topic::BreakerExecuted), 3);
}

#[test]
fn keys_are_told_only_where_the_driver_is_told_to() {
    struct Keys(Arc<Mutex<Vec<Option<String>>>>);
    impl Observer for Keys {
        fn observe(&self, event: &Event<'_>) {
            if event.topic == Topic::BreakerRejected {
                let key = event.key.map(|key| key.reveal());
                self.0.lock().expect("no panic").push(key);
            }
        }
    }
    let told = Arc::new(Mutex::new(Vec::new()));
    let driver = Driver::new().with_observer(Keys(Arc::clone(&told)));
    for driver in [driver.clone(), driver.with_keys_in_events()] {
        let breaker = KeyedBreaker::start(&options(), &KeyOptions::new()).expect("valid");
        let breaker = breaker.with_driver(driver);
        breaker.force_open(("host", "a")).expect("room");
        breaker.protect().key(("host", "a")).acquire_blocking().expect_err("forced open");
    }
    assert_eq!(*told.lock().expect("no panic"), [None, Some("host/a".to_owned())]);
}

#[test]
fn state_changes_say_which_key_changed() {
    type Seen = (Option<String>, Option<KeyHash>);
    struct Keys(Arc<Mutex<Vec<Seen>>>);
    impl Observer for Keys {
        fn observe(&self, event: &Event<'_>) {
            if let Detail::Changed(change) = &event.detail {
                let key = event.key.map(|key| key.reveal());
                self.0.lock().expect("no panic").push((key, change.key_hash));
            }
        }
    }
    let seen = Arc::new(Mutex::new(Vec::new()));
    let driver = Driver::new().with_observer(Keys(Arc::clone(&seen))).with_keys_in_events();
    let breaker = KeyedBreaker::start(&options().failures(1), &KeyOptions::new()).expect("valid");
    let breaker = breaker.with_driver(driver);
    breaker.execute_blocking("a", || Err::<(), _>("failed")).expect_err("failed");
    breaker.force_open("b").expect("room");
    breaker.reset_all();
    let (a, b) = (breaker.hash("a"), breaker.hash("b"));
    let mut seen = seen.lock().expect("no panic").clone();
    assert_eq!(seen[..2], [(Some("a".to_owned()), a), (Some("b".to_owned()), b)]);
    seen.drain(..2);
    assert_eq!(seen.len(), 2, "all at once: by their hashes only");
    assert!(seen.contains(&(None, a)) && seen.contains(&(None, b)));
}

#[test]
fn the_summary_counts_the_keys_that_are_due() {
    let fixture = Fixture::new(&options(), &KeyOptions::new());
    fixture.fail("a", 2);
    fixture.fail("b", 1);
    assert_eq!(fixture.breaker.summary().keys_due, 0);
    fixture.wait(5 * SECOND);
    assert_eq!(fixture.breaker.summary().keys_due, 1);
    let page = Backend::status(&fixture.breaker, fixture.time.now());
    assert_eq!(page.reading("keys_due"), Some(1));
}
