use std::time::Duration;

use seawall_core::{Component, InvalidOption, KeyOverflow, Layer, Limit, Name};
use seawall_store::KeySecret;
use seawall_store::tokens::{InvalidRate, Rate};

use crate::Away;
use crate::terms::{SHORT_LIFE, SMALL};

/// Describes a named limit that instances share: `limit` tokens a `period`, in a token bucket in the store.
///
/// The instances should have the same rule. Those with another limit or burst count in the same bucket, each
/// by its own rule, as while a new version of a service replaces an old one.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `burst` | the limit | maximum number of tokens at once, and so the maximum cost of a call |
/// | `max_wait` | zero | maximum delay of a call that sets no `max_wait` |
/// | `max_keys` | 100,000 | maximum number of keys of which this instance holds tokens |
/// | `overflow` | [`Shared`](KeyOverflow::Shared) | what happens to further keys |
/// | `key_parts` | all | number of leading parts of a key that it is counted by; with 0, all calls share one count |
/// | `max_lease` | 1 s | maximum life of a lease; with zero, each call asks the store |
/// | `away` | [`Deny`](Away::Deny) | what happens while the store is not reached |
/// | `instances` | 1 | number of instances, for the shares of keys while the store is not reached |
/// | `key_secret` | empty | under what keys are hashed before they go to the store |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub(crate) name: Name,
    pub(crate) limit: Limit,
    pub(crate) overflow: KeyOverflow,
    pub(crate) max_keys: u32,
    pub(crate) max_wait: Duration,
    pub(crate) key_parts: Option<usize>,
    pub(crate) max_lease: Duration,
    pub(crate) away: Away,
    pub(crate) instances: u32,
    pub(crate) secret: KeySecret,
}

impl Rule {
    /// Creates the rule called `name`, of `limit` tokens a `period`.
    #[must_use]
    pub fn new(name: impl Into<Name>, limit: u32, period: Duration) -> Self {
        Self {
            name: name.into(),
            limit: Limit::new(limit, period),
            overflow: KeyOverflow::default(),
            max_keys: 100_000,
            max_wait: Duration::ZERO,
            key_parts: None,
            max_lease: Duration::from_secs(1),
            away: Away::default(),
            instances: 1,
            secret: KeySecret::new(""),
        }
    }

    /// Sets the maximum number of tokens at once; default: the limit.
    #[must_use]
    pub const fn burst(mut self, burst: u32) -> Self {
        self.limit = self.limit.burst(burst);
        self
    }

    /// Sets the maximum delay of a call that sets no `max_wait`; default: zero. Waiting for the store's
    /// answer is not part of it.
    #[must_use]
    pub const fn max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = max_wait;
        self
    }

    /// Sets the maximum number of keys of which this instance holds tokens; default: 100,000.
    #[must_use]
    pub const fn max_keys(mut self, max_keys: u32) -> Self {
        self.max_keys = max_keys;
        self
    }

    /// Sets what happens to further keys; default: [`Shared`](KeyOverflow::Shared). A key that makes room
    /// is not forgiven anything: the store counts on.
    #[must_use]
    pub const fn overflow(mut self, overflow: KeyOverflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Counts keys that begin with the same `parts` parts as one: `("acme", "ann")` and `("acme", "bob")`
    /// under `"acme"` with 1. With 0 there is one count for all calls, with a key or without.
    #[must_use]
    pub const fn key_parts(mut self, parts: usize) -> Self {
        self.key_parts = Some(parts);
        self
    }

    /// Sets the maximum life of a lease; default: 1 s. It is also at most the time in which a third of the
    /// burst flows in. With zero, and for bursts below 16, each call asks the store, which is exact and costs
    /// a round trip.
    #[must_use]
    pub const fn max_lease(mut self, life: Duration) -> Self {
        self.max_lease = life;
        self
    }

    /// Sets what happens while the store is not reached; default: [`Deny`](Away::Deny).
    #[must_use]
    pub const fn away(mut self, away: Away) -> Self {
        self.away = away;
        self
    }

    /// Sets the number of instances that a key's rate is divided by while the store is not reached, with
    /// [`LocalShare`](Away::LocalShare); default: 1.
    #[must_use]
    pub const fn instances(mut self, instances: u32) -> Self {
        self.instances = instances;
        self
    }

    /// Sets the secret under which keys are hashed before they go to the store, the same for all instances;
    /// default: an empty text. Without one, the hash of a key that someone guesses can be found in the store.
    #[must_use]
    pub fn key_secret(mut self, secret: &str) -> Self {
        self.secret = KeySecret::new(secret);
        self
    }

    /// Returns the maximum number of tokens that calls of one key can take, in all instances together, in any
    /// window of that length.
    #[must_use]
    pub fn bound(&self, window: Duration) -> u64 {
        let Limit { limit, period, .. } = self.limit;
        let flow = (u128::from(limit) * window.as_nanos()).div_ceil(period.as_nanos().max(1));
        u64::try_from(u128::from(self.limit.at_once()) + flow).unwrap_or(u64::MAX)
    }

    /// Checks all options, as starting a limiter does.
    ///
    /// # Errors
    /// Returns the first option that is invalid, or contradicts another.
    pub fn validate(&self) -> Result<(), InvalidOption> {
        self.name.validate(Component::RateLimiter)?;
        let invalid = |option| Err(InvalidOption::new(&self.layer(), option, "must be 1 or more"));
        if self.max_keys == 0 {
            return invalid("max_keys");
        }
        if self.instances == 0 {
            return invalid("instances");
        }
        self.rate().map(drop)
    }

    /// Checks whether a key can have the limit `own` under this rule.
    ///
    /// # Errors
    /// Returns the first option that is invalid.
    pub fn validate_own(&self, own: &Limit) -> Result<(), InvalidOption> {
        self.rate_of(own).map(drop)
    }

    pub(crate) fn layer(&self) -> Layer {
        Layer::new(Component::RateLimiter, self.name.clone())
    }

    pub(crate) fn rate(&self) -> Result<Rate, InvalidOption> {
        self.make_rate(&self.limit)
    }

    /// Returns the rate of a key that has the limit `own`; `None` if it blocks the key.
    pub(crate) fn rate_of(&self, own: &Limit) -> Result<Option<Rate>, InvalidOption> {
        if own.limit == 0 { Ok(None) } else { self.make_rate(own).map(Some) }
    }

    fn make_rate(&self, limit: &Limit) -> Result<Rate, InvalidOption> {
        let burst = u64::from(limit.at_once());
        let life = if burst < SMALL { SHORT_LIFE.min(self.max_lease) } else { self.max_lease };
        let rate = Rate::new(limit.limit.into(), limit.period, burst, life);
        rate.map_err(|problem| {
            let option = match problem {
                InvalidRate::Zero if limit.limit > 0 => "burst",
                InvalidRate::Period => "period",
                InvalidRate::TooLarge => "burst",
                _ => "limit",
            };
            InvalidOption::new(&self.layer(), option, problem.to_string())
        })
    }
}
