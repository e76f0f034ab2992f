use std::time::Duration;

use super::Ratio;

/// How it is found out whether an open circuit may close: so many calls go through, and such a part
/// of them has to succeed.
///
/// It is decided as soon as that is certain, or as soon as one is told when to come back. A probe that
/// says nothing (its caller went away, another layer refused, its result is ignored) gives its turn
/// away, and so does one that has taken longer than its lease; its result is late then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probes {
    pub(crate) permits: u32,
    pub(crate) ratio: Ratio,
    pub(crate) lease: Duration,
}

impl Probes {
    /// The most probes there can be.
    pub const MAX: u32 = 1000;

    /// So many calls, such a part of which has to succeed; each has 30 s.
    #[must_use]
    pub const fn new(permits: u32, ratio: Ratio) -> Self {
        Self { permits, ratio, lease: Duration::from_secs(30) }
    }

    /// With so much time for each.
    #[must_use]
    pub const fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// How many have to succeed: one at the least.
    pub(crate) fn needed(&self) -> u32 {
        self.ratio.of(self.permits).max(1)
    }
}

impl Default for Probes {
    /// One, which has to succeed within 30 s.
    fn default() -> Self {
        Self::new(1, Ratio::ONE)
    }
}
