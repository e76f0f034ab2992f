//! What is observed cannot delay or fail a call.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use seawall_core::dry_run::{DryRun, Mode};
use seawall_core::{
    Backend, Call, Change, Clock, Component, Driver, Entry, Exit, Layer, RefusalKind, Status, Tick,
    Token, Topic, Verdict,
};
use seawall_testkit::{Answer, Recorder, cancel, yield_times};

use crate::fixture::Fixture;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn an_observed_layer_makes_no_call_wait() {
    for answer in [
        Answer::GoAfter(SECOND),
        Answer::AskAfter(SECOND),
        Answer::Later(3),
        Answer::Never(SECOND, RefusalKind::BulkheadFull),
    ] {
        let fixture = Fixture::new(Mode::Observe);
        fixture.breaker.then(answer.clone());
        let before = fixture.time.now();
        fixture.run().expect("only observed");
        assert_eq!(fixture.time.now(), before, "{answer:?}");
        assert_eq!(fixture.reading("would_refuse"), 1, "{answer:?}");
        assert_eq!(fixture.breaker.counts().ended(Verdict::Success), 0, "{answer:?}");
        fixture.assert_closed(answer);
    }
}

#[test]
fn a_panic_of_an_observed_layer_fails_no_call() {
    let fixture = Fixture::new(Mode::Observe);
    fixture.breaker.then(Answer::Panic);
    fixture.run().expect("not noticed");
    assert_eq!(fixture.reading("observed_panics"), 1);
    assert_eq!(fixture.reading("would_refuse"), 0);
    fixture.assert_closed("a panic");
}

/// A breaker that changes its state with each call, and can panic at its end.
struct Restless {
    layer: Layer,
    panics: AtomicBool,
}

impl Restless {
    fn new() -> Self {
        let layer = Layer::new(Component::CircuitBreaker, "restless");
        Self { layer, panics: AtomicBool::new(false) }
    }
}

impl Backend for Restless {
    fn layer(&self) -> &Layer {
        &self.layer
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
        assert_eq!(call.patience(SECOND), call.now(), "no wait is allowed");
        call.note(Change::new("closed", "open", "a call"));
        Entry::Go(Token::default())
    }

    fn exit(&self, _: Token, _: &Exit<'_>) {
        assert!(!self.panics.load(Ordering::Relaxed), "panics at the end");
    }

    fn status(&self, _: Tick) -> Status {
        Status::new(&self.layer, "restless")
    }
}

#[test]
fn changes_of_an_observed_layer_are_reported_and_panics_at_the_end_are_not_noticed() {
    let restless = Restless::new();
    restless.panics.store(true, Ordering::Relaxed);
    let observed = DryRun::new(restless, Mode::Observe);
    let recorder = Recorder::new();
    let driver = Driver::new().with_clock(Clock::default()).with_observer(recorder.clone());
    let result = driver.protect(&observed).run_blocking(|| Ok::<_, ()>(7));
    assert_eq!(result.expect("not noticed"), 7);
    assert_eq!(recorder.count(Topic::BreakerChanged), 1);
    let status = observed.status(Tick::ZERO);
    assert_eq!(status.reading("observed_panics"), Some(1));
}

#[test]
fn every_call_is_accounted_for_wherever_it_is_dropped() {
    let shared = Arc::new(AtomicBool::new(false));
    for refuses in [false, true] {
        let fixture = Fixture::new(Mode::Observe);
        let awaits = cancel::at_every_await(
            &fixture.time,
            || {
                fixture.breaker.forget();
                if refuses {
                    fixture.breaker.then(Answer::Refuse(RefusalKind::CircuitOpen));
                }
                fixture.bulkhead.forget();
                fixture.bulkhead.then(Answer::Later(2));
                let shared = shared.clone();
                fixture.handle.run(async move || {
                    yield_times(2).await;
                    shared.store(true, Ordering::Relaxed);
                    Ok::<_, ()>(())
                })
            },
            |awaits| fixture.assert_closed(awaits),
        );
        assert_eq!(awaits, 4);
        assert!(shared.swap(false, Ordering::Relaxed), "the last one ran");
    }
}
