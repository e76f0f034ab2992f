use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::{
    CallStats, ComponentClock, Driver, Guarded, InvalidOption, Key, KeyHash, KeyParts, KeySeed,
    KeyStatus, Layer, Name, Permit, Refusal, Reservation, Tick,
};

use crate::counts::Counts;
use crate::settings::Settings;
use crate::{Limit, Rule};

/// Limits the rate of calls by one named rule, each key separately. Cheap to clone; clones share
/// their counts.
///
/// Used alone, it has the methods below. Together with other protections, it is a
/// [`Backend`](seawall_core::Backend) of a [`Driver`]; a call that a later layer refuses gets its
/// tokens back. A cost of zero counts as one, wherever a cost is given.
///
/// All calls are timed by one clock, that of the first call: a driver with another clock changes nothing
/// after it.
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
    pub(crate) clock: ComponentClock,
    seed: KeySeed,
    key_parts: Option<usize>,
}

impl RateLimiter {
    /// Starts a limiter by `rule`, with no key used yet.
    ///
    /// # Errors
    /// If an option of the rule is invalid, or cannot be counted: more than one token a nanosecond, or
    /// a bucket that takes more than 100 years to fill.
    pub fn start(rule: &Rule) -> Result<Self, InvalidOption> {
        let inner = Inner {
            layer: rule.layer(),
            counts: Counts::new(&rule.meter()?, rule.max_keys, rule.overflow),
            settings: Settings::new(rule.clone()),
            stats: CallStats::new(),
            clock: ComponentClock::new(),
            seed: KeySeed::random(),
            key_parts: rule.key_parts,
        };
        Ok(Self { inner: Arc::new(inner), driver: Driver::new() })
    }

    /// Returns this limiter with another driver: for another clock, or observers.
    #[must_use]
    pub fn with_driver(mut self, driver: Driver) -> Self {
        self.driver = driver;
        self
    }

    /// Returns the rule's name.
    #[must_use]
    pub fn name(&self) -> &Name {
        self.inner.layer.name()
    }

    /// Returns the current rule.
    #[must_use]
    pub fn rule(&self) -> Rule {
        self.inner.settings.told().rule.clone()
    }

    /// Takes `cost` tokens from `key`, or none. Never waits.
    ///
    /// # Errors
    /// If too few tokens are available, with the time after which there are enough. Without a time if
    /// the cost exceeds the burst ([`CostAboveLimit`](seawall_core::RefusalKind::CostAboveLimit)), or
    /// if the key's limit is zero ([`KeyBlocked`](seawall_core::RefusalKind::KeyBlocked)).
    pub fn check_rate(&self, key: impl KeyParts + Send + Sync, cost: u32) -> Result<(), Refusal> {
        if self.driver.is_observed() {
            let call = self.of(key, cost).max_wait(Duration::ZERO);
            return call.acquire_blocking().map(Permit::success);
        }
        self.inner.check(Some(Key::new(&key)), cost, self.now_of_call())
    }

    /// Takes `cost` tokens from the count of calls without a key, or none. Never waits.
    ///
    /// # Errors
    /// As [`check_rate`](Self::check_rate).
    #[inline]
    pub fn check(&self, cost: u32) -> Result<(), Refusal> {
        if self.driver.is_observed() {
            return self.check_observed(cost);
        }
        self.inner.check_unkeyed(cost, self.now_of_call())
    }

    /// Returns what `key` has left, and whether a call of that cost would be admitted now. Takes
    /// nothing.
    #[must_use]
    pub fn peek(&self, key: impl KeyParts + Send + Sync, cost: u32) -> KeyStatus {
        self.of(key, cost).peek()
    }

    /// Returns what `key` has left. Takes nothing.
    #[must_use]
    pub fn status(&self, key: impl KeyParts + Send + Sync) -> KeyStatus {
        self.peek(key, 1)
    }

    /// Takes `cost` tokens from `key` until it is decided whether they are used: dropping the
    /// reservation gives them back. Never waits.
    ///
    /// What has flowed in meanwhile is taken off what is given back: holding a reservation gains
    /// nothing.
    ///
    /// # Errors
    /// As [`check_rate`](Self::check_rate).
    pub fn reserve(
        &self,
        key: impl KeyParts + Send + Sync,
        cost: u32,
    ) -> Result<Reservation<'_, Self>, Refusal> {
        self.of(key, cost).max_wait(Duration::ZERO).reserve_blocking()
    }

    /// Takes `cost` tokens from `key`, waiting until they are available. Waiters are served in arrival
    /// order, whatever their cost.
    ///
    /// Dropping the future leaves the queue: the waiters behind move up, and nothing is taken.
    ///
    /// # Errors
    /// At once, if the tokens will not be available within `deadline`; otherwise as
    /// [`check_rate`](Self::check_rate). While it waits, if a changed rule makes that true.
    pub async fn wait(
        &self,
        key: impl KeyParts + Send + Sync,
        cost: u32,
        deadline: Duration,
    ) -> Result<(), Refusal> {
        self.of(key, cost).max_wait(deadline).acquire().await.map(Permit::success)
    }

    /// Takes `cost` tokens from `key`, blocking this thread until they are available.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub fn wait_blocking(
        &self,
        key: impl KeyParts + Send + Sync,
        cost: u32,
        deadline: Duration,
    ) -> Result<(), Refusal> {
        self.of(key, cost).max_wait(deadline).acquire_blocking().map(Permit::success)
    }

    /// Gives `cost` tokens back to `key`, up to the burst, as if they were the last that were taken.
    /// Waiters get them before other callers.
    ///
    /// The limiter does not know when they were taken, and takes off nothing of what has flowed in
    /// since. So in a window of time, up to the refunded number of tokens more than the rule's
    /// [`bound`](Rule::bound) may be taken. A dropped [reservation](Self::reserve) keeps the bound. A
    /// key beyond `max_keys` gives back to the shared count.
    pub fn refund(&self, key: impl KeyParts + Send + Sync, cost: u32) {
        self.of(key, cost).refund();
    }

    /// Resets `key` to unused, debts included. Waiters are served first. Does nothing for a key beyond
    /// `max_keys`, whose count is shared.
    pub fn reset(&self, key: impl KeyParts + Send + Sync) {
        self.of(key, 1).reset();
    }

    /// Takes all tokens that `key` has left and returns their number: none while calls wait for them,
    /// or if the key is refused because there is no place for it.
    pub fn exhaust(&self, key: impl KeyParts + Send + Sync) -> u64 {
        self.of(key, 1).exhaust()
    }

    /// Takes `cost` tokens from `key`, whether as many are left or not: for a cost that is known only
    /// afterwards, such as the bytes of an answer. What is missing is owed, and later calls wait until
    /// it has flowed in. A cost of zero counts as one.
    ///
    /// A sliding window counts a debt for two periods at most.
    pub fn charge(&self, key: impl KeyParts + Send + Sync, cost: u32) {
        self.of(key, cost).charge();
    }

    /// Starts to describe a call under this rule, for example its key and cost.
    pub fn protect(&self) -> Guarded<'_, Self> {
        self.driver.protect(self)
    }

    /// Switches to `rule` without forgetting usage: exhausted keys stay exhausted, and waiters keep
    /// their place and cost. Keys with limits of their own keep those. An equal rule changes nothing.
    ///
    /// A larger burst is available at once, first to waiters; a smaller one leaves an exhausted key
    /// with nothing, but owing nothing. What it cuts off counts again when the burst is larger again,
    /// as far as it has not flowed in. So with one algorithm and period, no sequence of changes lets
    /// more through than the largest rule's [`bound`](Rule::bound). Another algorithm, or another
    /// period where tokens come by periods, may bring the next refill forward once.
    ///
    /// Calls that run at the same time count under the old rule or the new one.
    ///
    /// # Errors
    /// If an option is invalid, or if the name or `key_parts` differ: keys would not be found again.
    /// Nothing has changed then.
    pub fn set_rule(&self, rule: &Rule) -> Result<(), InvalidOption> {
        self.reconfigure(rule, std::iter::empty::<(&str, _)>())
    }

    /// Switches to `rule` as [`set_rule`](Self::set_rule) does, and gives some keys limits of their own,
    /// or takes theirs away: all of it or nothing.
    ///
    /// # Errors
    /// As [`set_rule`](Self::set_rule) and [`set_limit_of`](Self::set_limit_of). Nothing has changed
    /// then.
    pub fn reconfigure<K: KeyParts + Send + Sync>(
        &self,
        rule: &Rule,
        limits: impl IntoIterator<Item = (K, Option<Limit>)>,
    ) -> Result<(), InvalidOption> {
        let inner = &self.inner;
        let invalid = |option, problem| Err(InvalidOption::new(&inner.layer, option, problem));
        if rule.name != *self.name() {
            return invalid("name", "cannot change while the limiter is running");
        }
        if rule.key_parts != inner.key_parts {
            return invalid("key_parts", "cannot change while the limiter is running");
        }
        let limits = limits.into_iter().map(|(key, limit)| Ok((inner.find_own(&key)?, limit)));
        let limits: HashMap<_, _> = limits.collect::<Result<_, _>>()?;
        let mut told = inner.settings.told();
        let change = told.change(rule, &limits)?;
        let (keys, now) = (inner.counts.keys(), self.now());
        let cleared = limits.iter().filter(|(_, limit)| limit.is_none());
        cleared.for_each(|(key, _)| keys.set_own(*key, None, now));
        inner.counts.change(&change.all, &change.kept, (rule.max_keys, rule.overflow), now);
        for (key, meter) in &change.set {
            keys.set_own(*key, Some(meter), now);
        }
        for (key, limit) in limits {
            told.set_own(key, limit);
        }
        inner.settings.tell(&mut told, rule.clone());
        Ok(())
    }

    /// Gives `key` a limit of its own, counted by the rule's algorithm, without forgetting usage. A
    /// limit of zero blocks the key: its calls and waiters are refused, without a time to retry.
    ///
    /// # Errors
    /// If the limit is invalid; or if `key_parts` is 0, so that no key is counted separately.
    pub fn set_limit_of(
        &self,
        key: impl KeyParts + Send + Sync,
        limit: Limit,
    ) -> Result<(), InvalidOption> {
        let inner = &self.inner;
        let key = inner.find_own(&key)?;
        let mut told = inner.settings.told();
        let meter = told.meter(&limit)?;
        let now = self.now();
        inner.counts.keys().set_own(key, Some(&meter), now);
        told.set_own(key, Some(limit));
        Ok(())
    }

    /// Counts `key` by the rule again, without forgetting usage.
    pub fn clear_limit_of(&self, key: impl KeyParts + Send + Sync) {
        let Some(key) = self.inner.find(Key::new(&key)) else { return };
        let mut told = self.inner.settings.told();
        self.inner.counts.keys().set_own(key, None, self.now());
        told.set_own(key, None);
    }

    /// The time by the clock that the limiter has settled on, or settles on now.
    #[inline]
    fn now_of_call(&self) -> Tick {
        match self.inner.clock.get() {
            Some(clock) => clock.now(),
            None => self.now_of_first_call(),
        }
    }

    #[cold]
    #[inline(never)]
    fn now_of_first_call(&self) -> Tick {
        self.inner.clock.settle(self.driver.clock());
        self.now()
    }

    fn now(&self) -> Tick {
        self.inner.clock.get().unwrap_or(self.driver.clock()).now()
    }

    /// Outlined, so that a check that succeeds keeps its values in registers.
    #[cold]
    #[inline(never)]
    fn check_observed(&self, cost: u32) -> Result<(), Refusal> {
        let call = self.protect().cost(cost).max_wait(Duration::ZERO);
        call.acquire_blocking().map(Permit::success)
    }

    fn of<K: KeyParts + Send + Sync>(
        &self,
        key: K,
        cost: u32,
    ) -> Guarded<'_, Self, seawall_core::WithKey<K>> {
        self.protect().key(key).cost(cost)
    }
}

impl Inner {
    /// Returns true if all calls are counted together.
    #[inline]
    pub(crate) fn is_unkeyed(&self) -> bool {
        self.key_parts == Some(0)
    }

    /// Returns the hash under which the key is counted; `None` if all calls are counted together.
    #[inline]
    pub(crate) fn find(&self, key: Key<'_>) -> Option<KeyHash> {
        (!self.is_unkeyed()).then(|| self.hash(key))
    }

    /// Returns the hash of a key that may have a limit of its own.
    fn find_own(&self, key: &(impl KeyParts + Send + Sync)) -> Result<KeyHash, InvalidOption> {
        let problem = "is 0, so no key has a count that could have its own limit";
        let none = || InvalidOption::new(&self.layer, "key_parts", problem);
        self.find(Key::new(key)).ok_or_else(none)
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
