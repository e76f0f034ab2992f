use std::num::NonZeroU32;
use std::time::Duration;

use governor::Quota;
use seawall_core::{Component, InvalidOption, Layer, Name};

/// A named rule: how often.
///
/// `limit` tokens flow in evenly over each `period`, and `burst` of them can be saved up. So in any
/// window of length `w`, no more than `burst + limit × w / period` are given out.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `burst` | the limit | the most tokens that can be saved up, so the most one call can cost |
/// | `max_keys` | 100,000 | the most keys that are counted apart; further ones share one count |
/// | `max_wait` | zero | how long a call may be put off, instead of being refused |
/// | `key_parts` | all | how many parts of a key it is counted under, from the first on; with 0, all calls are counted together |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub(crate) name: Name,
    pub(crate) limit: u32,
    pub(crate) period: Duration,
    pub(crate) burst: u32,
    pub(crate) max_keys: u32,
    pub(crate) max_wait: Duration,
    pub(crate) key_parts: Option<usize>,
}

/// Filling a bucket from empty may take a century. Longer, and sums of times would overflow: the
/// library below does not check them.
pub(crate) const LONGEST_FILL: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

const CHECKED: &str = "no time and no burst are found by `token`";

impl Rule {
    /// The rule called `name`: `limit` tokens a `period`.
    #[must_use]
    pub fn new(name: impl Into<Name>, limit: u32, period: Duration) -> Self {
        Self {
            name: name.into(),
            limit,
            period,
            burst: limit,
            max_keys: 100_000,
            max_wait: Duration::ZERO,
            key_parts: None,
        }
    }

    /// The most tokens that can be saved up.
    #[must_use]
    pub const fn burst(mut self, burst: u32) -> Self {
        self.burst = burst;
        self
    }

    /// The most keys that are counted apart.
    #[must_use]
    pub const fn max_keys(mut self, max_keys: u32) -> Self {
        self.max_keys = max_keys;
        self
    }

    /// How long a call may be put off that finds too few tokens: it is let through in its turn,
    /// first come, first served. Zero, the default, refuses it at once. What a call says itself
    /// ([`Guarded::max_wait`](seawall_core::Guarded::max_wait)) counts instead.
    #[must_use]
    pub const fn max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = max_wait;
        self
    }

    /// Counts calls under the first `parts` parts of their keys: with 1, all keys
    /// `("acme", anything)` share one count. With 0 there is one count for all calls, with a key or
    /// without.
    #[must_use]
    pub const fn key_parts(mut self, parts: usize) -> Self {
        self.key_parts = Some(parts);
        self
    }

    /// The time in which one token flows in, rounded up, so that no more than the limit ever do.
    pub(crate) fn token(&self) -> Result<Duration, InvalidOption> {
        let layer = Layer::new(Component::RateLimiter, self.name.clone());
        let invalid = |option, problem| Err(InvalidOption::new(&layer, option, problem));
        for (option, count) in
            [("limit", self.limit), ("burst", self.burst), ("max_keys", self.max_keys)]
        {
            if count == 0 {
                return invalid(option, "must be 1 or more");
            }
        }
        if self.period.is_zero() {
            return invalid("period", "must be longer than zero");
        }
        let nanos = self.period.as_nanos().div_ceil(u128::from(self.limit));
        if nanos * u128::from(self.limit) * 100 > self.period.as_nanos() * 101 {
            return invalid("limit", "is so fast that whole nanoseconds a token are 1 % too slow");
        }
        if nanos * u128::from(self.burst) > LONGEST_FILL.as_nanos() {
            return invalid("burst", "would take more than 100 years to save up");
        }
        Ok(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }

    pub(crate) fn quota(&self) -> Result<Quota, InvalidOption> {
        let quota = Quota::with_period(self.token()?);
        let burst = NonZeroU32::new(self.burst);
        Ok(quota.zip(burst).map(|(quota, burst)| quota.allow_burst(burst)).expect(CHECKED))
    }
}
