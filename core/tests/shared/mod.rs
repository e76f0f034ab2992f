//! Layers behind pointers and a handle to them, for tests of owned calls.

use std::sync::Arc;

use seawall_core::{Component, Driver, Handle};
use seawall_testkit::{CallCounts, ManualClock, Recorder, Scripted};

pub(crate) type Layers = (Arc<Scripted>, Arc<Scripted>, Arc<Scripted>);

/// Three layers that answer as scripted, and all that goes with them.
#[allow(dead_code, reason = "each test uses some of them")]
pub(crate) struct Shared {
    pub(crate) time: ManualClock,
    pub(crate) recorder: Recorder,
    pub(crate) handle: Handle<Layers>,
    pub(crate) limiter: Arc<Scripted>,
    pub(crate) bulkhead: Arc<Scripted>,
    pub(crate) breaker: Arc<Scripted>,
}

#[allow(dead_code, reason = "each test uses some of them")]
impl Shared {
    pub(crate) fn new() -> Self {
        Self::on(ManualClock::new())
    }

    /// Others on the same clock.
    pub(crate) fn beside(&self) -> Self {
        Self::on(self.time.clone())
    }

    fn on(time: ManualClock) -> Self {
        let recorder = Recorder::new();
        let driver = Driver::new().with_clock(time.clock()).with_observer(recorder.clone());
        let layers: Layers = (
            Arc::new(Scripted::new(Component::RateLimiter, "limiter")),
            Arc::new(Scripted::new(Component::Bulkhead, "bulkhead")),
            Arc::new(Scripted::new(Component::CircuitBreaker, "breaker")),
        );
        let (limiter, bulkhead, breaker) = layers.clone();
        Self { time, recorder, handle: driver.handle(layers), limiter, bulkhead, breaker }
    }

    pub(crate) fn layers(&self) -> [&Scripted; 3] {
        [&self.limiter, &self.bulkhead, &self.breaker]
    }

    pub(crate) fn forget(&self) {
        self.layers().iter().for_each(|layer| layer.forget());
    }

    pub(crate) fn all_counts(&self) -> [CallCounts; 3] {
        self.layers().map(Scripted::counts)
    }

    /// No layer holds a call.
    #[track_caller]
    pub(crate) fn assert_closed(&self, when: &str) {
        assert_eq!(self.all_counts().map(|counts| counts.in_flight()), [0; 3], "{when}");
    }
}
