//! Log-linear buckets: 32 for each octave of nanoseconds.

use std::time::Duration;

use crate::atomic_duration::nanos;

/// The number of buckets.
pub(super) const COUNT: usize = OCTAVES << SUB_BITS;

const OCTAVES: usize = 32;
const SUB_BITS: u32 = 5;
/// The first octave begins at 2¹⁰ ns.
const FIRST: u32 = 10;
const LAST: u64 = 1 << (FIRST + 32);

/// Returns the bucket of `time`: the place of its highest bit, and the five bits below that.
#[inline]
pub(super) fn index(time: Duration) -> usize {
    let nanos = nanos(time).clamp(1 << FIRST, LAST - 1);
    let shift = 63 - nanos.leading_zeros() - SUB_BITS;
    // The highest bit counts one octave, which is taken off.
    let (octave, sub) = (shift + SUB_BITS - FIRST, nanos >> shift);
    let index = (u64::from(octave) << SUB_BITS) + sub - (1 << SUB_BITS);
    usize::try_from(index).unwrap_or(COUNT - 1).min(COUNT - 1)
}

/// Returns the time in the middle of a bucket.
pub(super) fn middle(index: usize) -> Duration {
    let index = u64::try_from(index).unwrap_or(0);
    let (octave, sub) = (index >> SUB_BITS, index & ((1 << SUB_BITS) - 1));
    let width = 1_u64 << (octave + u64::from(FIRST - SUB_BITS));
    Duration::from_nanos(((1 << SUB_BITS) + sub) * width + width / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_bucket_is_in_it_and_buckets_are_in_order() {
        for number in 0..COUNT {
            assert_eq!(index(middle(number)), number);
        }
        assert!((1..COUNT).all(|number| middle(number - 1) < middle(number)));
    }

    #[test]
    fn a_time_is_within_a_64th_of_the_middle_of_its_bucket() {
        let mut nanos = 1_024_u64;
        while nanos < LAST {
            let time = Duration::from_nanos(nanos);
            let error = middle(index(time)).abs_diff(time).as_secs_f64() / time.as_secs_f64();
            assert!(error <= 1.0 / 64.0 + 1e-9, "{time:?}: {error}");
            nanos += 1 + nanos / 1_013;
        }
    }

    #[test]
    fn times_out_of_range_count_as_the_nearest() {
        assert_eq!(index(Duration::ZERO), 0);
        assert_eq!(index(Duration::from_nanos(1_023)), 0);
        assert_eq!(
            index(Duration::from_secs(73 * 60)),
            index(Duration::from_nanos(4_380_000_000_000))
        );
        assert_eq!(index(Duration::MAX), COUNT - 1);
    }
}
