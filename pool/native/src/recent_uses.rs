use std::time::Duration;

use seawall_core::pool::DurationHistogram;

/// The durations of the last uses, as buckets of a histogram.
pub(crate) struct RecentUses {
    buckets: [u8; Self::KEPT],
    next: usize,
    len: usize,
    counts: [u8; DurationHistogram::BUCKETS],
    /// The median as of the last eighth use.
    median: Duration,
}

impl RecentUses {
    const KEPT: usize = 64;
    /// Number of uses after which the median is computed again. Fewer say nothing about the next one.
    const EVERY: usize = 8;

    pub(crate) const fn new() -> Self {
        let counts = [0; DurationHistogram::BUCKETS];
        Self { buckets: [0; Self::KEPT], next: 0, len: 0, counts, median: Duration::ZERO }
    }

    pub(crate) fn record(&mut self, bucket: u8) {
        if self.len == Self::KEPT {
            self.counts[usize::from(self.buckets[self.next])] -= 1;
        } else {
            self.len += 1;
        }
        self.buckets[self.next] = bucket;
        self.counts[usize::from(bucket)] += 1;
        self.next = (self.next + 1) % Self::KEPT;
        if self.next.is_multiple_of(Self::EVERY) {
            self.median = self.find_median();
        }
    }

    /// Returns the lower bound of the bucket that the median use is in; zero after few uses.
    #[inline]
    pub(crate) const fn median(&self) -> Duration {
        self.median
    }

    fn find_median(&self) -> Duration {
        let mut below = 0;
        let median = self.counts.iter().position(|count| {
            below += usize::from(*count);
            below * 2 >= self.len
        });
        median.map_or(Duration::ZERO, DurationHistogram::lower_bound)
    }
}

#[cfg(all(test, not(seawall_loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_median_follows_the_last_uses() {
        let mut uses = RecentUses::new();
        let record = |uses: &mut RecentUses, millis, times| {
            let bucket = DurationHistogram::bucket(Duration::from_millis(millis));
            (0..times).for_each(|_| uses.record(bucket));
        };
        record(&mut uses, 20, 7);
        assert_eq!(uses.median(), Duration::ZERO, "too few");
        record(&mut uses, 20, 57);
        let median = uses.median();
        assert!(median <= Duration::from_millis(20) && median > Duration::from_millis(13));
        record(&mut uses, 500, 24);
        assert_eq!(uses.median(), median, "most are short");
        record(&mut uses, 500, 16);
        assert!(uses.median() > Duration::from_millis(300));
    }
}
