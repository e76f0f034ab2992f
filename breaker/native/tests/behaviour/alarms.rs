//! One alarm for a circuit in trouble, however often it opens.

use std::sync::Arc;

use seawall_breaker::{Alarms, BreakerOptions, CircuitBreaker, KeyOptions, KeyedBreaker};
use seawall_core::{Change, Detail, Driver, Event, Observer, Topic};
use seawall_testkit::{ManualClock, Recorder};

use crate::fixture::{MS, SECOND};

struct Watch {
    time: ManualClock,
    recorder: Recorder,
    alarms: Arc<Alarms<Recorder>>,
    breaker: CircuitBreaker,
}

impl Watch {
    /// One failure opens it for five seconds; a minute closed clears the alarm.
    fn new() -> Self {
        let (time, recorder) = (ManualClock::new(), Recorder::new());
        let alarms = Arc::new(Alarms::new(60 * SECOND, recorder.clone()));
        let driver = Driver::new().with_clock(time.clock()).with_observer(Arc::clone(&alarms));
        let breaker = CircuitBreaker::start(&BreakerOptions::new("payments").failures(1));
        let breaker = breaker.expect("valid").with_driver(driver);
        Self { time, recorder, alarms, breaker }
    }

    fn call(&self, result: Result<(), ()>) {
        let answer = self.breaker.execute_blocking(|| result);
        assert_eq!(answer.is_ok(), result.is_ok());
    }

    /// It opens, and its probe closes it five seconds later.
    fn flap(&self) {
        self.call(Err(()));
        self.time.advance(5 * SECOND);
        self.call(Ok(()));
    }

    #[track_caller]
    fn assert_told(&self, raised: usize, cleared: usize) {
        let count = |topic| self.recorder.count(topic);
        assert_eq!((count(Topic::AlarmRaised), count(Topic::AlarmCleared)), (raised, cleared));
    }
}

#[test]
fn a_circuit_that_flaps_raises_one_alarm_that_lasts_until_it_has_stopped() {
    let watch = Watch::new();
    watch.call(Ok(()));
    watch.assert_told(0, 0);
    for _ in 0..5 {
        watch.flap();
        watch.time.advance(30 * SECOND);
    }
    watch.assert_told(1, 0);
    watch.time.advance(30 * SECOND - MS);
    watch.call(Ok(()));
    watch.assert_told(1, 0);
    assert_eq!(watch.alarms.raised().len(), 1);
    watch.time.advance(MS);
    watch.call(Ok(()));
    watch.assert_told(1, 1);
    watch.flap();
    watch.assert_told(2, 1);
}

#[test]
fn an_open_circuit_keeps_its_alarm_and_a_quiet_one_can_be_cleared_by_hand() {
    let watch = Watch::new();
    watch.call(Err(()));
    watch.alarms.clear_due(watch.time.now() + 3600 * SECOND);
    assert_eq!(watch.alarms.raised().first().map(seawall_core::Name::as_str), Some("payments"));
    watch.time.advance(5 * SECOND);
    watch.call(Ok(()));
    watch.time.advance(60 * SECOND);
    watch.alarms.clear_due(watch.time.now());
    watch.assert_told(1, 1);
    assert!(watch.alarms.raised().is_empty());
}

#[test]
fn an_alarm_that_is_due_is_cleared_before_the_next_is_raised() {
    let watch = Watch::new();
    watch.flap();
    watch.time.advance(60 * SECOND);
    watch.call(Err(()));
    let told: Vec<_> = watch
        .recorder
        .events()
        .into_iter()
        .map(|event| event.topic)
        .filter(|topic| matches!(topic, Topic::AlarmRaised | Topic::AlarmCleared))
        .collect();
    assert_eq!(told, [Topic::AlarmRaised, Topic::AlarmCleared, Topic::AlarmRaised]);
}

#[test]
fn a_keyed_breaker_keeps_its_alarm_until_the_circuits_of_all_keys_are_closed() {
    let (time, recorder) = (ManualClock::new(), Recorder::new());
    let alarms = Arc::new(Alarms::new(10 * SECOND, recorder.clone()));
    let driver = Driver::new().with_clock(time.clock()).with_observer(Arc::clone(&alarms));
    let options = BreakerOptions::new("partners").failures(1);
    let breaker = KeyedBreaker::start(&options, &KeyOptions::new()).expect("valid");
    let breaker = breaker.with_driver(driver);
    let call = |key: &str, result: Result<(), ()>| _ = breaker.execute_blocking(key, || result);
    call("down", Err(()));
    call("flaky", Err(()));
    breaker.disable("off").expect("room");
    time.advance(5 * SECOND);
    call("flaky", Ok(()));
    for _ in 0..20 {
        time.advance(5 * SECOND);
        call("flaky", Ok(()));
        call("down", Err(()));
    }
    let count = |topic| recorder.count(topic);
    assert_eq!((count(Topic::AlarmRaised), count(Topic::AlarmCleared)), (1, 0));
    time.advance(5 * SECOND);
    call("down", Ok(()));
    time.advance(10 * SECOND);
    call("flaky", Ok(()));
    assert_eq!((count(Topic::AlarmRaised), count(Topic::AlarmCleared)), (1, 1));
    assert!(alarms.raised().is_empty());
}

#[test]
fn changes_that_arrive_out_of_order_leave_no_alarm_behind() {
    let watch = Watch::new();
    let layer = seawall_core::Backend::layer(&watch.breaker).clone();
    let observe = |from, to, sequence| {
        let change = Change::new(from, to, "test").with_sequence(sequence);
        let detail = Detail::Changed(change);
        watch.alarms.observe(&Event::new(Topic::BreakerChanged, &layer, watch.time.now(), detail));
    };
    observe("half_open", "closed", 3);
    observe("closed", "open", 1);
    observe("open", "half_open", 2);
    watch.alarms.clear_due(watch.time.now() + 60 * SECOND);
    watch.assert_told(1, 1);
}

#[test]
fn a_circuit_that_is_not_called_any_more_keeps_no_alarm_for_ever() {
    let watch = Watch::new();
    watch.call(Err(()));
    watch.time.advance(23 * 3600 * SECOND);
    watch.alarms.clear_due(watch.time.now());
    watch.assert_told(1, 0);
    watch.time.advance(3600 * SECOND);
    watch.alarms.clear_due(watch.time.now());
    watch.assert_told(1, 1);
}

/// A forgotten circuit is gone, not closed: no change is emitted for it.
#[test]
fn a_key_that_is_forgotten_while_open_ends_its_alarm_and_begins_again_with_a_closed_circuit() {
    let (time, recorder) = (ManualClock::new(), Recorder::new());
    let alarms = Alarms::new(10 * SECOND, recorder.clone()).forget_after(600 * SECOND);
    let alarms = Arc::new(alarms);
    let driver = Driver::new().with_clock(time.clock()).with_observer(Arc::clone(&alarms));
    let keys = KeyOptions::new().max_keys(1).forget_after(600 * SECOND);
    let options = BreakerOptions::new("partners").failures(1);
    let breaker = KeyedBreaker::start(&options, &keys).expect("valid").with_driver(driver);
    let call = |key: &str, result: Result<(), ()>| _ = breaker.execute_blocking(key, || result);
    call("gone", Err(()));
    time.advance(600 * SECOND - MS);
    call("new", Ok(()));
    assert!(breaker.status("gone").is_some(), "it shares a circuit while there is no room");
    assert_eq!((alarms.raised().len(), recorder.count(Topic::AlarmCleared)), (1, 0));
    time.advance(25 * SECOND);
    call("new", Ok(()));
    assert_eq!((breaker.status("gone"), alarms.raised().len()), (None, 0));
    assert_eq!(recorder.count(Topic::BreakerChanged), 1, "no change is emitted for it");
    call("gone", Err(()));
    let changes = recorder.events().into_iter().filter_map(|event| event.change);
    let changes: Vec<_> =
        changes.map(|change| (change.from, change.to, change.sequence, change.key_hash)).collect();
    let opened = |sequence| ("closed", "open", sequence, breaker.hash("gone"));
    assert_eq!(changes, [opened(1), opened(2)]);
    assert_eq!(alarms.raised().len(), 1);
}
