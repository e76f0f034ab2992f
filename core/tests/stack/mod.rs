//! A stack of layers, for several tests of the driver.

use seawall_core::{Component, Driver};
use seawall_testkit::{ManualClock, Recorder, Scripted};

/// Three layers that answer what they are told to, and all that goes with them.
pub(crate) struct Stack {
    pub(crate) time: ManualClock,
    pub(crate) recorder: Recorder,
    pub(crate) driver: Driver,
    pub(crate) limiter: Scripted,
    pub(crate) bulkhead: Scripted,
    pub(crate) breaker: Scripted,
}

impl Stack {
    pub(crate) fn new() -> Self {
        let (time, recorder) = (ManualClock::new(), Recorder::new());
        let driver = Driver::new().with_clock(time.clock()).with_observer(recorder.clone());
        Self {
            driver,
            time,
            recorder,
            limiter: Scripted::new(Component::RateLimiter, "limiter"),
            bulkhead: Scripted::new(Component::Bulkhead, "bulkhead"),
            breaker: Scripted::new(Component::CircuitBreaker, "breaker"),
        }
    }
}
