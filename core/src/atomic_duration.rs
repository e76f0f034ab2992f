use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// A time that is read while it changes, in whole nanoseconds up to 584 years.
#[derive(Debug)]
pub struct AtomicDuration(AtomicU64);

impl AtomicDuration {
    /// Creates it with `time`.
    #[must_use]
    pub fn new(time: Duration) -> Self {
        Self(AtomicU64::new(nanos(time)))
    }

    /// Returns the time.
    #[inline]
    pub fn get(&self) -> Duration {
        Duration::from_nanos(self.0.load(Relaxed))
    }

    /// Changes the time.
    pub fn set(&self, time: Duration) {
        self.0.store(nanos(time), Relaxed);
    }
}

/// Returns `time` in nanoseconds; a time that is too long for that becomes the longest.
#[inline]
pub(crate) fn nanos(time: Duration) -> u64 {
    time.as_secs().saturating_mul(1_000_000_000).saturating_add(time.subsec_nanos().into())
}
