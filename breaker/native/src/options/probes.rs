use std::time::Duration;

use super::Ratio;

/// The calls that a half-open circuit admits, and how many of them have to succeed.
///
/// The circuit closes or opens as soon as that is decided, or as soon as an overloaded service says to
/// one of them when to retry. A probe without a result (its caller went away, another layer refused, its
/// result is ignored) passes its permit on. So does one that has taken longer than its lease; its result
/// is late then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probes {
    pub(crate) permits: u32,
    pub(crate) ratio: Ratio,
    pub(crate) lease: Duration,
}

impl Probes {
    /// The maximum number of probes.
    pub const MAX: u32 = 1000;

    /// Creates probes of `permits` calls, of which the fraction `ratio` has to succeed. Each has a lease
    /// of 30 seconds.
    #[must_use]
    pub const fn new(permits: u32, ratio: Ratio) -> Self {
        Self { permits, ratio, lease: Duration::from_secs(30) }
    }

    /// Sets the time that each probe may take before its permit goes to another call.
    #[must_use]
    pub const fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Returns the number of probes that have to succeed, which is at least one.
    pub(crate) fn needed(&self) -> u32 {
        self.ratio.of(self.permits).max(1)
    }
}

impl Default for Probes {
    /// Returns one probe, which has to succeed within 30 seconds.
    fn default() -> Self {
        Self::new(1, Ratio::ONE)
    }
}
