//! The last good answers, while the service is away.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::policy::{Answer, LastGood, LastGoodOptions};
use seawall_core::{Deadline, Driver, Error, Refusal, RefusalKind, Tick, Topic};
use seawall_testkit::{ManualClock, Recorder, Scripted};

const SECOND: Duration = Duration::from_secs(1);

struct Fixture {
    time: ManualClock,
    prices: LastGood<u32, &'static str>,
    calls: Cell<u32>,
}

impl Fixture {
    fn new(options: LastGoodOptions) -> Self {
        let prices = LastGood::start(&options.fresh(SECOND).stale(60 * SECOND));
        let prices = prices.expect("valid options");
        Self { time: ManualClock::new(), prices, calls: Cell::new(0) }
    }

    fn get(
        &self,
        key: u32,
        result: Result<u32, Error<&'static str>>,
    ) -> Result<Answer<u32>, Arc<Error<&'static str>>> {
        let clock = self.time.clock();
        self.time.block_on(self.prices.get(Deadline::new(&clock, Tick::MAX), key, async || {
            self.calls.set(self.calls.get() + 1);
            result
        }))
    }
}

fn options() -> LastGoodOptions {
    LastGoodOptions::new("prices")
}

/// The value, the age in seconds, and whether it is stale.
fn seen(answer: &Answer<u32>) -> (u32, u64, bool) {
    (*answer.value, answer.age.as_secs(), answer.is_stale)
}

fn refusal() -> Error<&'static str> {
    let layer = Scripted::new(seawall_core::Component::CircuitBreaker, "prices");
    Error::Refused(Refusal::new(RefusalKind::CircuitOpen, seawall_core::Backend::layer(&layer)))
}

#[test]
fn a_fresh_value_is_given_without_a_call_and_a_stale_one_only_after_a_failure() {
    let fixture = Fixture::new(options());
    assert_eq!(seen(&fixture.get(1, Ok(7)).expect("called")), (7, 0, false));
    assert_eq!(seen(&fixture.get(1, Ok(8)).expect("kept")), (7, 0, false));
    assert_eq!(fixture.calls.get(), 1);
    fixture.time.advance(2 * SECOND);
    assert_eq!(seen(&fixture.get(1, Err(Error::Failed("down"))).expect("kept")), (7, 2, true));
    fixture.time.advance(2 * SECOND);
    assert_eq!(seen(&fixture.get(1, Err(refusal())).expect("kept")), (7, 4, true));
    fixture.time.advance(SECOND);
    assert_eq!(seen(&fixture.get(1, Ok(9)).expect("called")), (9, 0, false));
    assert_eq!(fixture.calls.get(), 4);
    fixture.get(2, Err(Error::Failed("down"))).expect_err("nothing is kept for this key");
}

#[test]
fn stale_answers_are_reported_with_what_they_replace() {
    let mut fixture = Fixture::new(options().backoff(5 * SECOND));
    let recorder = Recorder::new();
    let driver = Driver::new().with_clock(fixture.time.clock()).with_observer(recorder.clone());
    fixture.prices = fixture.prices.with_driver(&driver);
    fixture.get(1, Ok(7)).expect("called");
    fixture.get(1, Ok(7)).expect("fresh");
    for (wait, result) in [(2, Err(refusal())), (1, Ok(8)), (5, Err(Error::Failed("down")))] {
        fixture.time.advance(wait * SECOND);
        fixture.get(1, result).expect("kept");
    }
    let replaced: Vec<_> = recorder.events().iter().filter_map(|event| event.replaced).collect();
    assert_eq!(replaced, ["circuit_open", "backoff", "failure"].map(|replaced| (replaced, true)));
    assert_eq!(recorder.count(Topic::StaleAnswer), 3);
}

#[test]
fn a_value_is_forgotten_when_it_is_too_old() {
    let fixture = Fixture::new(options());
    fixture.get(1, Ok(7)).expect("called");
    fixture.time.advance(61 * SECOND);
    let error = fixture.get(1, Err(Error::Failed("down"))).expect_err("too old");
    assert!(matches!(&*error, Error::Failed("down")));
}

#[test]
fn after_a_failure_there_is_no_call_for_a_while() {
    let fixture = Fixture::new(options().backoff(5 * SECOND));
    fixture.get(1, Ok(7)).expect("called");
    fixture.time.advance(2 * SECOND);
    for second in 0..10 {
        let answer = fixture.get(1, Err(Error::Failed("down"))).expect("kept");
        assert_eq!(seen(&answer), (7, 2 + second, true));
        fixture.time.advance(SECOND);
    }
    assert_eq!(fixture.calls.get(), 3, "at first, at 2 s and at 7 s");
}

#[test]
fn a_caller_whose_deadline_passes_gets_the_old_value() {
    let fixture = Fixture::new(options());
    fixture.get(1, Ok(7)).expect("called");
    fixture.time.advance(2 * SECOND);
    let clock = fixture.time.clock();
    let deadline = Deadline::new(&clock, fixture.time.now() + SECOND);
    let hung = fixture.prices.get(deadline, 1, std::future::pending);
    assert_eq!(seen(&fixture.time.block_on(hung).expect("kept")), (7, 3, true));
}

#[test]
fn no_more_values_are_kept_than_may_be() {
    let fixture = Fixture::new(options().max_keys(32));
    (0..1000).for_each(|key| _ = fixture.get(key, Ok(key)));
    let before = fixture.calls.get();
    (0..1000).for_each(|key| _ = fixture.get(key, Ok(key)));
    let hits = 2 * before - fixture.calls.get();
    assert!(hits <= 32, "{hits}");
    assert_eq!(before, 1000);
}

#[test]
fn threads_get_the_last_good_answer_too() {
    let fixture = Fixture::new(options());
    let clock = fixture.time.clock();
    let get = |result| fixture.prices.get_blocking(Deadline::new(&clock, Tick::MAX), 7, || result);
    assert_eq!(seen(&get(Ok(42)).expect("it is called")), (42, 0, false));
    fixture.time.advance(30 * SECOND);
    assert_eq!(seen(&get(Err(refusal())).expect("the old one")), (42, 30, true));
    fixture.time.advance(60 * SECOND);
    get(Err(refusal())).expect_err("too old");
}

#[test]
fn new_options_hold_for_what_is_kept() {
    let fixture = Fixture::new(options());
    for key in 0..200 {
        fixture.get(key, Ok(key)).expect("it is called");
    }
    let kept = || fixture.prices.status().reading("kept");
    assert_eq!(kept(), Some(200));
    let few = options().max_keys(32).fresh(SECOND).stale(5 * SECOND);
    fixture.prices.reconfigure(&few).expect("valid options");
    assert_eq!(fixture.prices.options(), few);
    assert!(kept() <= Some(32), "{:?}", kept());
    fixture.time.advance(7 * SECOND);
    for key in 0..200 {
        fixture.get(key, Err(refusal())).expect_err("too old, or forgotten");
    }
    let other = LastGoodOptions::new("rates");
    let error = fixture.prices.reconfigure(&other).expect_err("another name");
    assert_eq!(error.option(), "name");
}
