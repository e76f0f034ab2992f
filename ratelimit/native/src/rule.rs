use std::time::Duration;

use seawall_core::{Component, InvalidOption, Layer, Name};

use crate::any_meter::AnyMeter;
use crate::{Algorithm, KeyOverflow, Limit};

/// A named rule: how often, and how that is counted.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `burst` | the limit | the most tokens there can be at once, so the most one call can cost |
/// | `algorithm` | [`Gcra`](Algorithm::Gcra) | how it is counted |
/// | `max_wait` | zero; leaky: as long as its queue is | how long a call may be put off that says nothing of that itself |
/// | `max_keys` | 100,000 | the most keys that are counted apart |
/// | `overflow` | [`Shared`](KeyOverflow::Shared) | what becomes of further keys |
/// | `key_parts` | all | the first so many parts of a key are counted under; with 0, all calls are counted together, with a key or without |
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
    /// The rule called `name`: `limit` tokens a `period`.
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

    /// The most tokens there can be at once.
    #[must_use]
    pub const fn burst(mut self, burst: u32) -> Self {
        self.limit = self.limit.burst(burst);
        self
    }

    /// How it is counted.
    #[must_use]
    pub const fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// The most keys that are counted apart.
    #[must_use]
    pub const fn max_keys(mut self, max_keys: u32) -> Self {
        self.max_keys = max_keys;
        self
    }

    /// What becomes of further keys.
    #[must_use]
    pub const fn overflow(mut self, overflow: KeyOverflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// How long a call may be put off that says nothing of that itself.
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

    /// The most tokens that are given out for one key in any window of that length, from just before
    /// its first nanosecond to just after its last.
    ///
    /// For [`Algorithm::Leaky`], the most that calls let through in the window cost, where none costs
    /// more than the burst.
    #[must_use]
    pub fn bound(&self, window: Duration) -> u64 {
        let Limit { limit, period, .. } = self.limit;
        let (limit, burst) = (u128::from(limit), u128::from(self.limit.at_once()));
        let (window, period) = (window.as_nanos(), period.as_nanos().max(1));
        let tokens = match self.algorithm {
            Algorithm::Gcra | Algorithm::Leaky => burst + (limit * window).div_ceil(period),
            Algorithm::TokenBucket => burst + limit * window.div_ceil(period),
            Algorithm::FixedWindow | Algorithm::SlidingWindow => {
                limit * (window.div_ceil(period) + 1)
            }
        };
        u64::try_from(tokens).unwrap_or(u64::MAX)
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

    /// How long a call may be put off that says nothing of that itself.
    pub(crate) fn patience(&self) -> Duration {
        self.max_wait.unwrap_or_else(|| match self.algorithm {
            Algorithm::Leaky => self.limit.window(),
            _ => Duration::ZERO,
        })
    }
}
