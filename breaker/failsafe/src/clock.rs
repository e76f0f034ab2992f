use std::time::{Duration, Instant};

use failsafe::clock;
use seawall_core::Tick;

/// So far ahead of the machine's clock, which only goes forward, failsafe's clock can be set to any
/// time.
const AHEAD: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Shows failsafe the times of the driver's clock, since failsafe reads its clock itself.
pub(crate) struct DriverClock {
    origin: Instant,
    /// The latest time so far: failsafe's average panics if time goes back.
    latest: Tick,
}

impl DriverClock {
    pub(crate) fn new() -> Self {
        Self { origin: clock::freeze(|clock| clock.now()) + AHEAD, latest: Tick::ZERO }
    }

    /// Runs `ask` with failsafe's clock at `now`.
    pub(crate) fn at<T>(&mut self, now: Tick, ask: impl FnOnce() -> T) -> T {
        self.latest = self.latest.max(now);
        let now = self.origin + self.latest.since(Tick::ZERO);
        clock::freeze(|clock| {
            clock.advance(now.saturating_duration_since(clock.now()));
            ask()
        })
    }
}
