//! What is reserved comes back, unless it is used.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use seawall_core::{Component, Driver, RefusalKind, Topic, Verdict};
use seawall_testkit::{Answer, ManualClock, Recorder, Scripted, cancel};

const MS: Duration = Duration::from_millis(1);

struct Bench {
    time: ManualClock,
    recorder: Recorder,
    driver: Driver,
    limiter: Scripted,
    breaker: Scripted,
}

impl Bench {
    fn new() -> Self {
        let (time, recorder) = (ManualClock::new(), Recorder::new());
        let driver = Driver::new().with_clock(time.clock()).with_observer(recorder.clone());
        let limiter = Scripted::new(Component::RateLimiter, "limiter");
        let breaker = Scripted::new(Component::CircuitBreaker, "breaker");
        Self { time, recorder, driver, limiter, breaker }
    }

    fn layers(&self) -> (&Scripted, &Scripted) {
        (&self.limiter, &self.breaker)
    }

    /// Each layer let one call through, and `verdict` ended it.
    #[track_caller]
    fn assert_ended(&self, verdict: Verdict) {
        for layer in [&self.limiter, &self.breaker] {
            let counts = layer.counts();
            assert_eq!((counts.admitted, counts.in_flight()), (1, 0), "{layer:?}");
            assert_eq!(counts.ended(verdict), 1, "{layer:?}");
        }
    }
}

#[test]
fn a_reservation_that_is_dropped_has_not_run() {
    let bench = Bench::new();
    let layers = bench.layers();
    let reservation = bench.driver.protect(&layers).reserve_blocking().expect("allowed");
    assert_eq!(bench.limiter.counts().in_flight(), 1, "it is held");
    drop(reservation);
    bench.assert_ended(Verdict::Unused);
    assert_eq!(bench.recorder.count(Topic::BreakerExecuted), 0, "nothing was executed");
}

#[test]
fn a_reservation_that_is_committed_has_run_well() {
    let bench = Bench::new();
    let layers = bench.layers();
    let reserve = bench.driver.protect(&layers).reserve();
    bench.time.block_on(reserve).expect("allowed").commit();
    bench.assert_ended(Verdict::Success);
    assert_eq!(bench.recorder.count(Topic::BreakerExecuted), 1);
}

#[test]
fn a_reservation_that_becomes_a_permit_is_a_call_that_runs() {
    for verdict in [Some(Verdict::Success), Some(Verdict::Failure), None] {
        let bench = Bench::new();
        let layers = bench.layers();
        let reservation = bench.driver.protect(&layers).reserve_blocking().expect("allowed");
        let permit = reservation.into_permit();
        assert_eq!(bench.limiter.counts().in_flight(), 1, "it is held still");
        match verdict {
            Some(verdict) => permit.settle(verdict),
            None => drop(permit),
        }
        bench.assert_ended(verdict.unwrap_or(Verdict::Abandoned));
    }
}

#[test]
fn a_panic_while_it_is_reserved_is_no_panic_of_the_call() {
    let bench = Bench::new();
    let layers = bench.layers();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let _reservation = bench.driver.protect(&layers).reserve_blocking().expect("allowed");
        panic!("before it is decided");
    }));
    assert!(caught.is_err());
    bench.assert_ended(Verdict::Unused);
}

#[test]
fn what_cannot_be_reserved_whole_is_not_reserved() {
    let bench = Bench::new();
    bench.breaker.then(Answer::Refuse(RefusalKind::CircuitOpen));
    let layers = bench.layers();
    let refusal =
        bench.driver.protect(&layers).reserve_blocking().expect_err("the breaker refuses");
    assert_eq!(refusal.by().name().as_str(), "breaker");
    assert_eq!(bench.limiter.counts().ended(Verdict::Unused), 1);
    assert_eq!(bench.breaker.counts().admitted, 0);
}

#[test]
fn a_reservation_dropped_at_any_await_leaves_nothing_behind() {
    let bench = Bench::new();
    let layers = bench.layers();
    let reserve = || {
        bench.limiter.forget();
        bench.breaker.forget();
        bench.limiter.then(Answer::AskAfter(MS)).then(Answer::GoAfter(MS));
        bench.breaker.then(Answer::Later(1));
        bench.driver.protect(&layers).reserve()
    };
    let places = cancel::at_every_await(&bench.time, reserve, |_| {
        for layer in [&bench.limiter, &bench.breaker] {
            assert_eq!(layer.counts().in_flight(), 0, "{layer:?}");
        }
    });
    assert_eq!(places, 3, "asked again, put off, and behind the limiter");
    let counts = bench.limiter.counts();
    assert_eq!((counts.admitted, counts.ended(Verdict::Unused)), (3, 3));
    assert_eq!(bench.time.sleepers(), 0, "no timer is left behind");
}
