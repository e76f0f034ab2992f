use std::time::Duration;

use seawall_core::Driver;
use seawall_ratelimit::{Algorithm, RateLimiter, Rule};
use seawall_testkit::{ManualClock, Recorder};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// All that let through at once what they have.
pub(crate) const UNPACED: [Algorithm; 4] =
    [Algorithm::Gcra, Algorithm::PeriodicBucket, Algorithm::FixedWindow, Algorithm::SlidingWindow];

/// A limiter, its clock, and who listens.
pub(crate) struct Bench {
    pub(crate) time: ManualClock,
    pub(crate) limiter: RateLimiter,
}

impl Bench {
    pub(crate) fn new(rule: &Rule) -> Self {
        let time = ManualClock::new();
        let driver = Driver::new().with_clock(time.clock());
        let limiter = RateLimiter::start(rule).expect("a valid rule").with_driver(driver);
        Self { time, limiter }
    }

    pub(crate) fn observed(rule: &Rule) -> (Self, Recorder) {
        let (bench, recorder) = (Self::new(rule), Recorder::new());
        let driver = Driver::new().with_clock(bench.time.clock()).with_observer(recorder.clone());
        let limiter = bench.limiter.with_driver(driver);
        (Self { limiter, ..bench }, recorder)
    }

    /// So many of `most` calls go through at once.
    pub(crate) fn admitted(&self, key: &str, most: u32) -> u32 {
        (0..most).map(|_| u32::from(self.limiter.check_rate(key, 1).is_ok())).sum()
    }
}
