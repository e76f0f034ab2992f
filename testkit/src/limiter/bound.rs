use std::time::Duration;

use super::Setup;

/// The most that a limiter admits, by its algorithm.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    at_once: fn(&Setup) -> u64,
    within: fn(&Setup, Duration) -> u64,
    is_paced: bool,
}

impl Bound {
    /// A token bucket: the burst at once, and then what flows in.
    pub const BUCKET: Self = Self::new(
        |setup| setup.burst.into(),
        |setup, window| whole(u128::from(setup.burst) + setup.flow(window)),
    );

    /// An exact sliding window: the limit in each period, wherever the period begins. Ignores the
    /// burst.
    pub const SLIDING_WINDOW: Self = Self::new(
        |setup| setup.limit.into(),
        |setup, window| whole(u128::from(setup.limit) * (setup.periods(window) + 1)),
    );

    /// A fixed window: the limit in each period, where one period begins as the last ends, so up to
    /// twice the limit around that time. Ignores the burst.
    pub const FIXED_WINDOW: Self = Self::new(
        |setup| setup.limit.into(),
        |setup, window| whole(u128::from(setup.limit) * (setup.periods(window) + 2)),
    );

    /// A leaky bucket: as many tokens as a token bucket, but calls are spaced evenly. Calls that wait
    /// for their turn, up to the burst, count as admitted.
    pub const LEAKY: Self = Self { is_paced: true, ..Self::BUCKET };

    /// The bound of any other algorithm, in tokens per key: `at_once` returns the tokens of an unused
    /// key, and `within` the most that are taken in a window of that length, both ends included.
    #[must_use]
    pub const fn new(at_once: fn(&Setup) -> u64, within: fn(&Setup, Duration) -> u64) -> Self {
        Self { at_once, within, is_paced: false }
    }

    /// Returns true if a call that has to wait for its turn counts as admitted.
    pub(super) fn is_paced(&self) -> bool {
        self.is_paced
    }

    pub(super) fn at_once(&self, setup: &Setup) -> u64 {
        (self.at_once)(setup)
    }

    pub(super) fn within(&self, setup: &Setup, window: Duration) -> u64 {
        (self.within)(setup, window)
    }
}

impl Default for Bound {
    /// The bound of a token bucket.
    fn default() -> Self {
        Self::BUCKET
    }
}

fn whole(tokens: u128) -> u64 {
    u64::try_from(tokens).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_algorithm_has_its_own_bound() {
        let setup = Setup { limit: 10, burst: 5, ..Setup::default() };
        let within = |bound: Bound, part: u32| bound.within(&setup, setup.period * part / 4);
        let all = [Bound::BUCKET, Bound::SLIDING_WINDOW, Bound::FIXED_WINDOW];
        assert_eq!(all.map(|bound| bound.at_once(&setup)), [5, 10, 10]);
        assert_eq!(all.map(|bound| within(bound, 0)), [5, 10, 20]);
        assert_eq!(all.map(|bound| within(bound, 3)), [12, 10, 20]);
        assert_eq!(all.map(|bound| within(bound, 4)), [15, 20, 30]);
    }
}
