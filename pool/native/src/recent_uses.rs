use std::time::Duration;

use seawall_core::pool::DurationHistogram;

/// The durations of the last uses, as buckets of a histogram, and which of them were cut.
pub(crate) struct RecentUses {
    buckets: [u8; Self::KEPT],
    next: usize,
    len: usize,
    counts: [u8; DurationHistogram::BUCKETS],
    /// One bit for each use that was cut.
    cut: u64,
    /// The time that the next use needs, as of the last eighth use.
    needed: Duration,
}

impl RecentUses {
    const KEPT: usize = 64;
    /// Number of uses after which the time is computed again. Fewer say nothing about the next one.
    const EVERY: usize = 8;

    pub(crate) const fn new() -> Self {
        let counts = [0; DurationHistogram::BUCKETS];
        let (buckets, needed) = ([0; Self::KEPT], Duration::ZERO);
        Self { buckets, next: 0, len: 0, counts, cut: 0, needed }
    }

    pub(crate) fn record(&mut self, bucket: u8, was_cut: bool) {
        if self.len == Self::KEPT {
            self.counts[usize::from(self.buckets[self.next])] -= 1;
        } else {
            self.len += 1;
        }
        self.buckets[self.next] = bucket;
        self.counts[usize::from(bucket)] += 1;
        let bit = 1 << self.next;
        self.cut = if was_cut { self.cut | bit } else { self.cut & !bit };
        self.next = (self.next + 1) % Self::KEPT;
        if self.next.is_multiple_of(Self::EVERY) {
            self.needed = self.find_needed();
        }
    }

    /// Returns the time that the next use most likely needs; zero after few uses. It is the median, or the
    /// 90th percentile while many uses are cut: then callers are served with little time left, and each use
    /// that is cut costs a connect as well.
    #[inline]
    pub(crate) const fn needed(&self) -> Duration {
        self.needed
    }

    fn find_needed(&self) -> Duration {
        let are_many_cut = self.cut.count_ones() as usize * 20 > self.len;
        let percent = if are_many_cut { 90 } else { 50 };
        let mut below = 0;
        let bucket = self.counts.iter().position(|count| {
            below += usize::from(*count);
            below * 100 >= self.len * percent
        });
        bucket.map_or(Duration::ZERO, DurationHistogram::lower_bound)
    }
}

#[cfg(all(test, not(seawall_loom)))]
mod tests;
