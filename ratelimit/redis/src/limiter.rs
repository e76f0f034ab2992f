use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use seawall_core::{
    Driver, Guarded, InvalidOption, Key, KeyHash, KeyParts, KeyStatus, Limit, Name, Permit,
    Refusal, Reservation, Tick, WithKey,
};
use seawall_store::{Contact, Store};

use crate::shared::Shared;
use crate::{Rule, work};

/// Limits the rate of calls by one named rule that instances share, each key separately. Cheap to clone;
/// clones share their tokens.
///
/// Calls take tokens that this instance has leased from the store, without a round trip. [`run`](Self::run)
/// leases them: spawn it, or have a thread run it. Without it, calls are answered as if the store was away.
///
/// Used alone, it has the methods below. Together with other protections, it is a
/// [`Backend`](seawall_core::Backend) of a [`Driver`]; a call that a later layer refuses gets its tokens
/// back. A cost of zero counts as one, wherever a cost is given.
///
/// The methods that never wait for tokens may still wait for the store, where nothing is leased: for five
/// round trips at most. The blocking ones park the thread meanwhile, so they must not be called on a thread
/// that drives [`run`](Self::run).
#[derive(Clone)]
pub struct RateLimiter {
    pub(crate) shared: Arc<Shared>,
    driver: Driver,
}

impl RateLimiter {
    /// Starts a limiter by `rule` over `store`. Contacts the store only in [`run`](Self::run).
    ///
    /// # Errors
    /// If an option of the rule is invalid, or cannot be counted exactly.
    pub fn start(rule: &Rule, store: Arc<dyn Store>) -> Result<Self, InvalidOption> {
        Self::start_with_seed(rule, store, RandomState::new().hash_one(0_u8))
    }

    /// Does the same with all random choices made from `seed`: for simulations. Instances must have different
    /// seeds. Keys are hashed under the seed too, so it must not be known to those who choose keys.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_with_seed(
        rule: &Rule,
        store: Arc<dyn Store>,
        seed: u64,
    ) -> Result<Self, InvalidOption> {
        let shared = Arc::new(Shared::new(rule, store, seed)?);
        Ok(Self { shared, driver: Driver::new() })
    }

    /// Returns this limiter with another driver: for another clock, or observers.
    #[must_use]
    pub fn with_driver(mut self, driver: Driver) -> Self {
        self.driver = driver;
        self
    }

    /// Returns the background work: it asks the store for tokens, by this handle's driver, and ends when all
    /// handles of the limiter are dropped. Of several, one works, and the others end at once. It may be
    /// dropped and run again; calls that wait for the store are then decided as if it was away.
    pub fn run(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        work::run(Arc::downgrade(&self.shared), self.driver.clone())
    }

    /// Returns the rule's name.
    #[must_use]
    pub fn name(&self) -> &Name {
        self.shared.layer.name()
    }

    /// Returns the current rule.
    #[must_use]
    pub fn rule(&self) -> Rule {
        self.shared.settings().rule.clone()
    }

    /// Returns the store's kind and place, without secrets.
    #[must_use]
    pub fn place(&self) -> String {
        self.shared.store.place()
    }

    /// Returns what was learned of the store, once it has answered.
    #[must_use]
    pub fn contact(&self) -> Option<Contact> {
        self.shared.link.contact()
    }

    /// Takes `cost` tokens from `key`, or none. Does not wait for tokens, but blocks this thread for the
    /// store's answer if nothing is leased: use [`wait`](Self::wait) with a zero deadline in async code.
    ///
    /// # Errors
    /// If too few tokens are available, with the time after which it is worth asking again. Without a time
    /// if the cost exceeds the burst ([`CostAboveLimit`](seawall_core::RefusalKind::CostAboveLimit)), if the
    /// key's limit is zero ([`KeyBlocked`](seawall_core::RefusalKind::KeyBlocked)), or if the store is not
    /// reached ([`ResourceUnavailable`](seawall_core::RefusalKind::ResourceUnavailable)).
    pub fn check_rate(&self, key: impl KeyParts + Send + Sync, cost: u32) -> Result<(), Refusal> {
        if self.passes(Some(Key::new(&key)), cost) {
            return Ok(());
        }
        let call = self.of(key, cost).max_wait(Duration::ZERO);
        call.acquire_blocking().map(Permit::success)
    }

    /// Takes `cost` tokens from the count of calls without a key, as [`check_rate`](Self::check_rate) does.
    ///
    /// # Errors
    /// As [`check_rate`](Self::check_rate).
    #[inline]
    pub fn check(&self, cost: u32) -> Result<(), Refusal> {
        if self.passes(None, cost) {
            return Ok(());
        }
        self.check_slowly(cost)
    }

    /// Outlined, so that a check that finds tokens keeps its values in registers.
    #[cold]
    #[inline(never)]
    fn check_slowly(&self, cost: u32) -> Result<(), Refusal> {
        let call = self.protect().cost(cost).max_wait(Duration::ZERO);
        call.acquire_blocking().map(Permit::success)
    }

    /// Returns what `key` has left as far as this instance knows, and whether a call of that cost would be
    /// admitted now. Takes nothing, and asks nothing of the store.
    #[must_use]
    pub fn peek(&self, key: impl KeyParts + Send + Sync, cost: u32) -> KeyStatus {
        self.of(key, cost).peek()
    }

    /// Returns what `key` has left as far as this instance knows.
    #[must_use]
    pub fn status(&self, key: impl KeyParts + Send + Sync) -> KeyStatus {
        self.peek(key, 1)
    }

    /// Takes `cost` tokens from `key` until it is decided whether they are used: dropping the reservation
    /// gives them back to the lease that they are of, if that has not ended. Does not wait for tokens.
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

    /// Takes `cost` tokens from `key`, waiting until they are available. Waiters of this instance are served
    /// in arrival order, whatever their cost; other instances have their own.
    ///
    /// Dropping the future leaves the queue, and nothing is taken.
    ///
    /// # Errors
    /// As soon as it is known that the tokens will not be available within `deadline`; otherwise as
    /// [`check_rate`](Self::check_rate).
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

    /// Gives `cost` tokens back to `key`, as far as this instance holds a lease of it that has not ended.
    ///
    /// The limiter does not know when they were taken: in a window of time, up to the refunded number of
    /// tokens more than the rule's [`bound`](Rule::bound) may be taken.
    pub fn refund(&self, key: impl KeyParts + Send + Sync, cost: u32) {
        self.of(key, cost).refund();
    }

    /// Takes all tokens that `key` has left: those that this instance holds at once, and those in the store
    /// as soon as it answers. Returns the number that the instance knows of.
    pub fn exhaust(&self, key: impl KeyParts + Send + Sync) -> u64 {
        self.of(key, 1).exhaust()
    }

    /// Takes `cost` tokens from `key`, whether as many are left or not: for a cost that is known only
    /// afterwards. What is missing is owed in the store, up to the burst.
    pub fn charge(&self, key: impl KeyParts + Send + Sync, cost: u32) {
        self.of(key, cost).charge();
    }

    /// Starts to describe a call under this rule, for example its key and cost.
    pub fn protect(&self) -> Guarded<'_, Self> {
        self.driver.protect(self)
    }

    /// Switches to `rule`. What is leased stays so until its end; the store counts on by the new rule. Keys
    /// with limits of their own keep those.
    ///
    /// While instances have different rules, each counts by its own in the same bucket.
    ///
    /// # Errors
    /// If an option is invalid, or if the name, `key_parts` or `key_secret` differ: keys would not be found
    /// again. Nothing has changed then.
    pub fn set_rule(&self, rule: &Rule) -> Result<(), InvalidOption> {
        self.reconfigure(rule, std::iter::empty::<(&str, _)>())
    }

    /// Switches to `rule` as [`set_rule`](Self::set_rule) does, and gives some keys limits of their own, or
    /// takes theirs away: all of it or nothing.
    ///
    /// # Errors
    /// As [`set_rule`](Self::set_rule) and [`set_limit_of`](Self::set_limit_of). Nothing has changed then.
    pub fn reconfigure<K: KeyParts + Send + Sync>(
        &self,
        rule: &Rule,
        limits: impl IntoIterator<Item = (K, Option<Limit>)>,
    ) -> Result<(), InvalidOption> {
        let fixed = {
            let before = &self.shared.settings().rule;
            [
                ("name", rule.name != before.name),
                ("key_parts", rule.key_parts != before.key_parts),
                ("key_secret", rule.secret != before.secret),
            ]
        };
        if let Some((option, _)) = fixed.into_iter().find(|(_, differs)| *differs) {
            let problem = "cannot change while the limiter is running";
            return Err(InvalidOption::new(&self.shared.layer, option, problem));
        }
        let limits = limits.into_iter().map(|(key, limit)| Ok((self.find_own(&key)?, limit)));
        let limits: HashMap<_, _> = limits.collect::<Result<_, _>>()?;
        self.shared.change(rule, limits, self.now())
    }

    /// Gives `key` a limit of its own. A limit of zero blocks the key. All instances should do the same.
    ///
    /// # Errors
    /// If the limit is invalid; or if `key_parts` is 0, so that no key is counted separately.
    pub fn set_limit_of(
        &self,
        key: impl KeyParts + Send + Sync,
        limit: Limit,
    ) -> Result<(), InvalidOption> {
        let rule = self.rule();
        self.reconfigure(&rule, [(key, Some(limit))])
    }

    /// Counts `key` by the rule again.
    pub fn clear_limit_of(&self, key: impl KeyParts + Send + Sync) {
        let rule = self.rule();
        let _unkeyed = self.reconfigure(&rule, [(key, None)]);
    }

    /// Returns true if the call took tokens that are leased. A call that is observed takes the other way.
    #[inline]
    fn passes(&self, key: Option<Key<'_>>, cost: u32) -> bool {
        match self.shared.clock.get() {
            Some(clock) if !self.driver.is_observed() => {
                self.shared.pass_leased(key, cost.max(1), clock.now())
            }
            _ => false,
        }
    }

    fn find_own(&self, key: &(impl KeyParts + Send + Sync)) -> Result<KeyHash, InvalidOption> {
        let problem = "is 0, so no key has a count that could have its own limit";
        let none = || InvalidOption::new(&self.shared.layer, "key_parts", problem);
        self.shared.find(Key::new(key)).ok_or_else(none)
    }

    fn now(&self) -> Tick {
        self.shared.clock.get().unwrap_or(self.driver.clock()).now()
    }

    fn of<K: KeyParts + Send + Sync>(&self, key: K, cost: u32) -> Guarded<'_, Self, WithKey<K>> {
        self.protect().key(key).cost(cost)
    }
}

impl fmt::Debug for RateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimiter").field("rule", &self.rule()).finish_non_exhaustive()
    }
}
