use std::time::Duration;

use super::Setup;

/// What a limiter lets through at most, by its algorithm.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    at_once: fn(&Setup) -> u64,
    within: fn(&Setup, Duration) -> u64,
}

impl Bound {
    /// A token bucket: the burst at once, and what flows in.
    pub const BUCKET: Self = Self::new(
        |setup| setup.burst.into(),
        |setup, window| whole(u128::from(setup.burst) + setup.flow(window)),
    );

    /// A window that slides: the limit in each period, wherever that begins. The burst does not
    /// matter.
    pub const SLIDING_WINDOW: Self = Self::new(
        |setup| setup.limit.into(),
        |setup, window| whole(u128::from(setup.limit) * (setup.periods(window) + 1)),
    );

    /// A window that jumps: the limit in each period that begins where the last one ends, so twice
    /// the limit around such a point. The burst does not matter.
    pub const FIXED_WINDOW: Self = Self::new(
        |setup| setup.limit.into(),
        |setup, window| whole(u128::from(setup.limit) * (setup.periods(window) + 2)),
    );

    /// A bound of one's own, in tokens a key: what there is when nothing was spent, and the most
    /// that is given out from one time to another, both included, that are so far apart.
    #[must_use]
    pub const fn new(at_once: fn(&Setup) -> u64, within: fn(&Setup, Duration) -> u64) -> Self {
        Self { at_once, within }
    }

    pub(super) fn at_once(&self, setup: &Setup) -> u64 {
        (self.at_once)(setup)
    }

    pub(super) fn within(&self, setup: &Setup, window: Duration) -> u64 {
        (self.within)(setup, window)
    }
}

impl Default for Bound {
    /// That of a token bucket.
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
