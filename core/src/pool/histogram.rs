use std::fmt;
use std::time::Duration;

/// Counts durations in buckets that grow by about a half each: from a microsecond to an hour, with an
/// error of at most a half.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DurationHistogram {
    counts: [u64; Self::BUCKETS],
}

impl DurationHistogram {
    /// Number of buckets.
    pub const BUCKETS: usize = 64;

    /// Creates an empty histogram.
    #[must_use]
    pub const fn new() -> Self {
        Self { counts: [0; Self::BUCKETS] }
    }

    /// Returns the number of the bucket that `duration` belongs to: two buckets for each power of two of
    /// microseconds.
    #[must_use]
    #[inline]
    pub fn bucket(duration: Duration) -> u8 {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        if micros == 0 {
            return 0;
        }
        let power = micros.ilog2();
        let is_upper_half = power > 0 && micros >> (power - 1) & 1 == 1;
        let bucket = 1 + 2 * power + u32::from(is_upper_half);
        u8::try_from(bucket.min(63)).unwrap_or(63)
    }

    /// Returns the shortest duration of a bucket.
    #[must_use]
    pub fn lower_bound(bucket: usize) -> Duration {
        let Some(half) = bucket.checked_sub(1) else { return Duration::ZERO };
        let power = half / 2;
        let base = 1_u64 << power.min(63);
        Duration::from_micros(if half % 2 == 1 { base + base / 2 } else { base })
    }

    /// Counts a duration.
    #[inline]
    pub fn record(&mut self, duration: Duration) {
        self.record_bucket(Self::bucket(duration));
    }

    /// Counts a duration of this bucket.
    #[inline]
    pub fn record_bucket(&mut self, bucket: u8) {
        self.counts[usize::from(bucket) % Self::BUCKETS] += 1;
    }

    /// Returns the count of each bucket.
    #[must_use]
    pub const fn counts(&self) -> &[u64; Self::BUCKETS] {
        &self.counts
    }

    /// Returns the number of durations.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Returns an upper bound of the shortest `share` of the durations, such as 0.5 or 0.99; `None` if
    /// there are none.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let total = self.total();
        let mut below = 0;
        let bucket = self.counts.iter().position(|count| {
            below += count;
            #[expect(clippy::cast_precision_loss, reason = "a share of counts need not be exact")]
            let is_reached = below as f64 >= share * total as f64;
            *count > 0 && is_reached
        })?;
        Some(Self::lower_bound(bucket + 1))
    }
}

impl Default for DurationHistogram {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for DurationHistogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurationHistogram")
            .field("total", &self.total())
            .field("p50", &self.quantile(0.5))
            .field("p99", &self.quantile(0.99))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_duration_is_in_the_bucket_of_its_lower_bound() {
        for bucket in 0..63_u8 {
            let bound = DurationHistogram::lower_bound(bucket.into());
            // One microsecond has no half, so its second bucket stays empty.
            let expected = if bucket == 2 { 1 } else { bucket };
            assert_eq!(DurationHistogram::bucket(bound), expected, "{bound:?}");
        }
        assert_eq!(DurationHistogram::bucket(Duration::MAX), 63);
        assert_eq!(DurationHistogram::bucket(Duration::from_nanos(999)), 0);
    }

    #[test]
    fn quantiles_are_upper_bounds() {
        let mut times = DurationHistogram::new();
        assert_eq!(times.quantile(0.5), None);
        (0..99).for_each(|_| times.record(Duration::from_millis(1)));
        times.record(Duration::from_secs(1));
        assert_eq!(times.total(), 100);
        let [median, longest] = [0.5, 1.0].map(|share| times.quantile(share).expect("some"));
        assert!((1000..1600).contains(&median.as_micros()), "{median:?}");
        assert!((1000..1600).contains(&longest.as_millis()), "{longest:?}");
    }
}
