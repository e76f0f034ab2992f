use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::{
    CallStats, Driver, Guarded, InvalidOption, Key, KeyHash, KeyParts, KeySeed, KeyStatus, Layer,
    Name, Permit, Refusal, Reservation, Tick,
};

use crate::counts::Counts;
use crate::settings::Settings;
use crate::{Limit, Rule};

/// A rate limiter that keeps one named rule, for each key apart. Cheap to clone; clones count
/// together.
///
/// By itself it answers [`check_rate`](Self::check_rate) and the other questions below. Together
/// with other protections, it is a [`Backend`](seawall_core::Backend) that any [`Driver`] leads calls
/// through; a call that a later layer refuses gets its tokens back.
///
/// A key is anything that has [`KeyParts`]: a text, a number, or a tuple of these. It is only
/// borrowed, and no check allocates, but for the first of a key that makes its table grow.
#[derive(Clone)]
pub struct RateLimiter {
    pub(crate) inner: Arc<Inner>,
    driver: Driver,
}

pub(crate) struct Inner {
    pub(crate) layer: Layer,
    pub(crate) counts: Counts,
    pub(crate) settings: Settings,
    pub(crate) stats: CallStats,
    seed: KeySeed,
    key_parts: Option<usize>,
}

impl RateLimiter {
    /// Starts a limiter that keeps `rule`. Nothing is spent yet.
    ///
    /// # Errors
    /// If an option of the rule makes no sense, or is out of what can be counted: more than one token
    /// a nanosecond, or a bucket that takes more than a century to fill.
    pub fn start(rule: &Rule) -> Result<Self, InvalidOption> {
        let inner = Inner {
            layer: rule.layer(),
            counts: Counts::new(&rule.meter()?, rule.max_keys, rule.overflow),
            settings: Settings::new(rule.clone()),
            stats: CallStats::new(),
            seed: KeySeed::random(),
            key_parts: rule.key_parts,
        };
        Ok(Self { inner: Arc::new(inner), driver: Driver::new() })
    }

    /// The same limiter, its calls led by `driver`: for another clock, or observers.
    #[must_use]
    pub fn with_driver(mut self, driver: Driver) -> Self {
        self.driver = driver;
        self
    }

    /// The rule's name.
    #[must_use]
    pub fn name(&self) -> &Name {
        self.inner.layer.name()
    }

    /// The rule, as it is now.
    #[must_use]
    pub fn rule(&self) -> Rule {
        self.inner.settings.told().rule.clone()
    }

    /// Takes `cost` tokens of `key`'s now, or none. Never waits.
    ///
    /// # Errors
    /// If there are too few, with the time until there are enough; or if there can never be as many,
    /// which is [`CostAboveLimit`](seawall_core::RefusalKind::CostAboveLimit).
    pub fn check_rate(&self, key: impl KeyParts + Sync, cost: u32) -> Result<(), Refusal> {
        if self.driver.is_observed() {
            let call = self.of(key, cost).max_wait(Duration::ZERO);
            return call.acquire_blocking().map(Permit::success);
        }
        self.inner.check(Some(Key::new(&key)), cost, self.driver.clock().now())
    }

    /// Takes `cost` tokens now of those for calls without a key, or none. Never waits.
    ///
    /// # Errors
    /// As [`check_rate`](Self::check_rate).
    #[inline]
    pub fn check(&self, cost: u32) -> Result<(), Refusal> {
        if self.driver.is_observed() {
            return self.check_observed(cost);
        }
        let now = self.driver.clock().now();
        match self.inner.pass(cost, now) {
            true => Ok(()),
            false => self.check_slowly(cost, now),
        }
    }

    /// What `key` has left, and whether a call that costs `cost` would go through now. Takes nothing.
    #[must_use]
    pub fn peek(&self, key: impl KeyParts + Sync, cost: u32) -> KeyStatus {
        self.of(key, cost).peek()
    }

    /// What `key` has left. Takes nothing.
    #[must_use]
    pub fn status(&self, key: impl KeyParts + Sync) -> KeyStatus {
        self.peek(key, 1)
    }

    /// Takes `cost` tokens of `key`'s now, for the time being: dropping the reservation gives them
    /// back. Never waits.
    ///
    /// What flows in while they are held is not given back, so that nothing is gained by holding
    /// them.
    ///
    /// # Errors
    /// As [`check_rate`](Self::check_rate).
    pub fn reserve(
        &self,
        key: impl KeyParts + Sync,
        cost: u32,
    ) -> Result<Reservation<'_, Self>, Refusal> {
        self.of(key, cost).max_wait(Duration::ZERO).reserve_blocking()
    }

    /// Takes `cost` tokens of `key`'s, and waits until they are there. Who came first is served
    /// first, whatever he asked for.
    ///
    /// Dropping the future gives the tokens back.
    ///
    /// # Errors
    /// At once, if they will not be there within `deadline`; or if there can never be as many.
    pub async fn wait(
        &self,
        key: impl KeyParts + Sync,
        cost: u32,
        deadline: Duration,
    ) -> Result<(), Refusal> {
        self.of(key, cost).max_wait(deadline).acquire().await.map(Permit::success)
    }

    /// Takes `cost` tokens of `key`'s, and blocks this thread until they are there.
    ///
    /// # Errors
    /// At once, if they will not be there within `deadline`; or if there can never be as many.
    pub fn wait_blocking(
        &self,
        key: impl KeyParts + Sync,
        cost: u32,
        deadline: Duration,
    ) -> Result<(), Refusal> {
        self.of(key, cost).max_wait(deadline).acquire_blocking().map(Permit::success)
    }

    /// Gives `cost` tokens back to `key`: what they were taken for did not happen. There are never
    /// more than the burst. Who refunds more than was taken lets more through than the rule. A key
    /// beyond `max_keys` gives back to what all of them share.
    pub fn refund(&self, key: impl KeyParts + Sync, cost: u32) {
        self.of(key, cost).refund();
    }

    /// Forgets all that `key` has spent. Does nothing for a key beyond `max_keys`: what it has
    /// spent, others have spent too.
    pub fn reset(&self, key: impl KeyParts + Sync) {
        self.of(key, 1).reset();
    }

    /// Takes all that `key` has left, and says how many tokens that was: none, if its calls are
    /// refused for want of room.
    pub fn exhaust(&self, key: impl KeyParts + Sync) -> u64 {
        self.of(key, 1).exhaust()
    }

    /// Takes `cost` tokens from `key`, whether as many are left or not: for a cost that is known only
    /// afterwards, such as the bytes of an answer. What is missing is owed, and later calls wait until
    /// it has flowed in. A cost of zero counts as one.
    ///
    /// A sliding window counts a debt for two periods at most.
    pub fn charge(&self, key: impl KeyParts + Sync, cost: u32) {
        self.of(key, cost).charge();
    }

    /// A call under this rule, to be described further (a key, a cost) and run.
    pub fn protect(&self) -> Guarded<'_, Self> {
        self.driver.protect(self)
    }

    /// Keeps `rule` from now on; what was spent stays spent. Who had nothing left has nothing left,
    /// who waits waits for as many tokens as before, and keys with limits of their own keep those.
    ///
    /// What a larger limit adds is there at once, and is what those have spent who wait. They go when
    /// they were told all the same, so until the last of them has, more may run than the new rule's
    /// [`bound`](Rule::bound): as many as wait.
    ///
    /// A call that runs at the same time counts under the one rule or the other. The limiter
    /// remembers each different rule it is given, in some hundred bytes.
    ///
    /// # Errors
    /// If an option makes no sense; or if the name or `key_parts` is another: keys would not be found
    /// again. Nothing has changed then.
    pub fn set_rule(&self, rule: &Rule) -> Result<(), InvalidOption> {
        let inner = &self.inner;
        let invalid = |option, problem| Err(InvalidOption::new(&inner.layer, option, problem));
        if rule.name != *self.name() {
            return invalid("name", "cannot change while the limiter is running");
        }
        if rule.key_parts != inner.key_parts {
            return invalid("key_parts", "cannot change while the limiter is running");
        }
        let mut told = inner.settings.told();
        let (meter, own) = (rule.meter()?, told.own(rule)?);
        let keys = (rule.max_keys, rule.overflow);
        inner.counts.change(&meter, &own, keys, self.driver.clock().now());
        inner.settings.tell(&mut told, rule.clone());
        Ok(())
    }

    /// Gives `key` a limit of its own, counted by the rule's algorithm. What it spent stays spent.
    ///
    /// # Errors
    /// If the limit makes no sense; or if `key_parts` is 0, so that no key is counted apart.
    pub fn set_limit_of(
        &self,
        key: impl KeyParts + Sync,
        limit: Limit,
    ) -> Result<(), InvalidOption> {
        let inner = &self.inner;
        let Some(key) = inner.find(Key::new(&key)) else {
            let problem = "is 0, so no key has a count that could have its own limit";
            return Err(InvalidOption::new(&inner.layer, "key_parts", problem));
        };
        let mut told = inner.settings.told();
        let meter = told.meter(&limit)?;
        let now = self.driver.clock().now();
        inner.counts.keys().set_own(key, Some(&meter), now);
        told.set_own(key, Some(limit));
        Ok(())
    }

    /// Counts `key` by the rule again. What it spent stays spent.
    pub fn clear_limit_of(&self, key: impl KeyParts + Sync) {
        let Some(key) = self.inner.find(Key::new(&key)) else { return };
        let mut told = self.inner.settings.told();
        self.inner.counts.keys().set_own(key, None, self.driver.clock().now());
        told.set_own(key, None);
    }

    /// Apart, as is what follows, so that a check that can go at once need not make room for it.
    #[cold]
    #[inline(never)]
    fn check_observed(&self, cost: u32) -> Result<(), Refusal> {
        let call = self.protect().cost(cost).max_wait(Duration::ZERO);
        call.acquire_blocking().map(Permit::success)
    }

    #[inline(never)]
    fn check_slowly(&self, cost: u32, now: Tick) -> Result<(), Refusal> {
        self.inner.check(None, cost, now)
    }

    fn of<K: KeyParts + Sync>(
        &self,
        key: K,
        cost: u32,
    ) -> Guarded<'_, Self, seawall_core::WithKey<K>> {
        self.protect().key(key).cost(cost)
    }
}

impl Inner {
    /// The hash under which the key is counted; `None` if all calls are counted together.
    #[inline]
    pub(crate) fn find(&self, key: Key<'_>) -> Option<KeyHash> {
        (self.key_parts != Some(0)).then(|| self.hash(key))
    }

    #[inline]
    fn hash(&self, key: Key<'_>) -> KeyHash {
        match self.key_parts {
            None => key.hash(&self.seed),
            Some(parts) => key.hash_prefix(parts, &self.seed),
        }
    }
}

impl fmt::Debug for RateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimiter").field("rule", &self.rule()).finish_non_exhaustive()
    }
}
