use std::time::Duration;

use seawall_core::{Component, InvalidOption, Layer, Name};

use crate::any_meter::AnyMeter;
use crate::limit::Metered;
use crate::{Algorithm, KeyOverflow, Limit};

/// Describes a named rule: `limit` tokens a `period`, and how they are counted.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `burst` | the limit | maximum number of tokens at once, and so the maximum cost of a call |
/// | `algorithm` | [`Gcra`](Algorithm::Gcra) | how tokens are counted |
/// | `max_wait` | zero; leaky: as long as its queue is | maximum delay of a call that sets no `max_wait` |
/// | `max_keys` | 100,000 | maximum number of keys that are counted separately |
/// | `overflow` | [`Shared`](KeyOverflow::Shared) | what happens to further keys |
/// | `key_parts` | all | number of leading parts of a key that it is counted by; with 0, all calls share one count, with a key or without |
///
/// ```
/// use seawall_ratelimit::{Algorithm, Rule};
/// use std::time::Duration;
///
/// let minute = Duration::from_secs(60);
/// let rule = Rule::new("per_tenant", 600, minute).burst(50).key_parts(1);
/// assert_eq!(rule.bound(minute), 650);
/// assert_eq!(rule.algorithm(Algorithm::SlidingWindow).bound(minute), 1200);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub(crate) name: Name,
    pub(crate) limit: Limit,
    pub(crate) algorithm: Algorithm,
    pub(crate) overflow: KeyOverflow,
    pub(crate) max_keys: u32,
    pub(crate) max_wait: Option<Duration>,
    pub(crate) key_parts: Option<usize>,
}

impl Rule {
    /// Creates the rule called `name`, of `limit` tokens a `period`.
    #[must_use]
    pub fn new(name: impl Into<Name>, limit: u32, period: Duration) -> Self {
        Self {
            name: name.into(),
            limit: Limit::new(limit, period),
            algorithm: Algorithm::default(),
            overflow: KeyOverflow::default(),
            max_keys: 100_000,
            max_wait: None,
            key_parts: None,
        }
    }

    /// Sets the maximum number of tokens at once; default: the limit.
    #[must_use]
    pub const fn burst(mut self, burst: u32) -> Self {
        self.limit = self.limit.burst(burst);
        self
    }

    /// Sets how tokens are counted; default: [`Gcra`](Algorithm::Gcra).
    #[must_use]
    pub const fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Sets the maximum number of keys that are counted separately; default: 100,000.
    #[must_use]
    pub const fn max_keys(mut self, max_keys: u32) -> Self {
        self.max_keys = max_keys;
        self
    }

    /// Sets what happens to further keys; default: [`Shared`](KeyOverflow::Shared).
    #[must_use]
    pub const fn overflow(mut self, overflow: KeyOverflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Sets the maximum delay of a call that sets no `max_wait`; default: zero, or for a leaky bucket as
    /// long as its queue is.
    #[must_use]
    pub const fn max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = Some(max_wait);
        self
    }

    /// Counts keys that begin with the same `parts` parts as one: `("acme", "ann")` and
    /// `("acme", "bob")` under `"acme"` with 1. With 0 there is one count for all calls, with a key or
    /// without.
    #[must_use]
    pub const fn key_parts(mut self, parts: usize) -> Self {
        self.key_parts = Some(parts);
        self
    }

    /// Returns the maximum number of tokens that calls of one key can take in any window of that
    /// length, its first and last nanosecond included.
    #[must_use]
    pub fn bound(&self, window: Duration) -> u64 {
        let Limit { limit, period, .. } = self.limit;
        let (limit, burst) = (u128::from(limit), u128::from(self.limit.at_once()));
        let (window, period) = (window.as_nanos(), period.as_nanos().max(1));
        let tokens = match self.algorithm {
            Algorithm::Gcra | Algorithm::Leaky => burst + (limit * window).div_ceil(period),
            Algorithm::PeriodicBucket => burst + limit * window.div_ceil(period),
            Algorithm::FixedWindow | Algorithm::SlidingWindow => {
                limit * (window.div_ceil(period) + 1)
            }
        };
        u64::try_from(tokens).unwrap_or(u64::MAX)
    }

    /// Checks all options, as starting a limiter does.
    ///
    /// # Errors
    /// Returns the first option that is invalid, or contradicts another.
    pub fn validate(&self) -> Result<(), InvalidOption> {
        self.meter().map(drop)
    }

    /// Checks whether a key can have the limit `own` under this rule.
    ///
    /// # Errors
    /// Returns the first option that is invalid, or contradicts the rule.
    pub fn validate_own(&self, own: &Limit) -> Result<(), InvalidOption> {
        own.meter_of_key(self, &self.layer()).map(drop)
    }

    pub(crate) fn layer(&self) -> Layer {
        Layer::new(Component::RateLimiter, self.name.clone())
    }

    pub(crate) fn meter(&self) -> Result<AnyMeter, InvalidOption> {
        self.name.validate(Component::RateLimiter)?;
        let layer = self.layer();
        if self.max_keys == 0 {
            return Err(InvalidOption::new(&layer, "max_keys", "must be 1 or more"));
        }
        self.limit.meter(self.algorithm, &layer)
    }

    /// Returns the maximum delay of a call that sets no `max_wait`.
    pub(crate) fn patience(&self) -> Duration {
        self.max_wait.unwrap_or_else(|| match self.algorithm {
            Algorithm::Leaky => self.limit.window(),
            _ => Duration::ZERO,
        })
    }
}
