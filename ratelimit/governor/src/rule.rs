use std::num::NonZeroU32;
use std::time::Duration;

use governor::Quota;
use seawall_core::{Component, InvalidOption, Layer, Name};

/// A named rate limit.
///
/// Evenly over each `period`, `limit` tokens flow in, and up to `burst` of them can be saved. So in
/// any window of length `w`, at most `burst + limit × w / period` tokens are given out.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `burst` | the limit | maximum number of saved tokens, and so of the cost of a call |
/// | `max_wait` | zero | maximum delay of a call, instead of a refusal |
/// | `key_parts` | all | number of leading parts of a key that select its count; with 0, all calls share one |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub(crate) name: Name,
    pub(crate) limit: u32,
    pub(crate) period: Duration,
    pub(crate) burst: u32,
    pub(crate) max_wait: Duration,
    pub(crate) key_parts: Option<usize>,
}

/// Filling a bucket from empty may take a century. Longer, and sums of times would overflow, which
/// governor does not check.
const LONGEST_FILL: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

const CHECKED: &str = "BUG: the rule was not validated";

impl Rule {
    /// Creates the rule `name` of `limit` tokens per `period`.
    #[must_use]
    pub fn new(name: impl Into<Name>, limit: u32, period: Duration) -> Self {
        Self {
            name: name.into(),
            limit,
            period,
            burst: limit,
            max_wait: Duration::ZERO,
            key_parts: None,
        }
    }

    /// Sets the maximum number of saved tokens.
    #[must_use]
    pub const fn burst(mut self, burst: u32) -> Self {
        self.burst = burst;
        self
    }

    /// Sets the maximum delay of a call that finds too few tokens; delayed calls have no order. Zero,
    /// the default, refuses it at once. A call's own
    /// [`Guarded::max_wait`](seawall_core::Guarded::max_wait) takes precedence.
    #[must_use]
    pub const fn max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = max_wait;
        self
    }

    /// Counts calls by the first `parts` parts of their keys: with 1, all keys `("acme", anything)`
    /// share one count. With 0, all calls share one count, with or without a key.
    #[must_use]
    pub const fn key_parts(mut self, parts: usize) -> Self {
        self.key_parts = Some(parts);
        self
    }

    /// Checks all options, as starting a limiter does.
    ///
    /// # Errors
    /// Returns the first option that is invalid, or contradicts another.
    pub fn validate(&self) -> Result<(), InvalidOption> {
        self.name.validate(Component::RateLimiter)?;
        self.token().map(drop)
    }

    /// The time in which one token flows in, rounded up, so that no more than the limit ever do.
    fn token(&self) -> Result<Duration, InvalidOption> {
        let layer = Layer::new(Component::RateLimiter, self.name.clone());
        let invalid = |option, problem| Err(InvalidOption::new(&layer, option, problem));
        for (option, count) in [("limit", self.limit), ("burst", self.burst)] {
            if count == 0 {
                return invalid(option, "must be 1 or more");
            }
        }
        if self.period.is_zero() {
            return invalid("period", "must be longer than zero");
        }
        let nanos = self.period.as_nanos().div_ceil(u128::from(self.limit));
        if nanos * u128::from(self.limit) * 100 > self.period.as_nanos() * 101 {
            return invalid(
                "limit",
                "is too fast: rounding to whole nanoseconds per token would be more than 1 % off",
            );
        }
        if nanos * u128::from(self.burst) > LONGEST_FILL.as_nanos() {
            return invalid("burst", "must not take more than 100 years to fill");
        }
        Ok(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }

    pub(crate) fn quota(&self) -> Result<Quota, InvalidOption> {
        let quota = Quota::with_period(self.token()?);
        let burst = NonZeroU32::new(self.burst);
        Ok(quota.zip(burst).map(|(quota, burst)| quota.allow_burst(burst)).expect(CHECKED))
    }
}
