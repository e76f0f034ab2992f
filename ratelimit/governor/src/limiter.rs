use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::{
    Backend, Call, Driver, Entry, Exit, Guarded, InvalidOption, KeyParts, KeyStatus, Layer,
    Limiter, Name, Permit, Refusal, Reservation, Status, Tick, Token, WithKey,
};

use crate::Rule;
use crate::engine::Engine;

/// A rate limiter that keeps one named rule, for each key apart. Cheap to clone; clones count
/// together.
///
/// By itself it answers [`check_rate`](Self::check_rate). Together with other protections, it is a
/// [`Backend`] that any [`Driver`] leads calls through; a call that a later layer refuses gets its
/// tokens back. A cost of zero counts as one, everywhere.
#[derive(Clone)]
pub struct RateLimiter {
    engine: Arc<Engine>,
    driver: Driver,
}

impl RateLimiter {
    /// Starts a limiter that keeps `rule`; all its buckets are full.
    ///
    /// # Errors
    /// If no time, or more than a century, is asked of the rule's arithmetic.
    pub fn start(rule: &Rule) -> Result<Self, InvalidOption> {
        Ok(Self { engine: Arc::new(Engine::new(rule)?), driver: Driver::new() })
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
        self.engine.layer.name()
    }

    /// Takes `cost` tokens of `key`'s, or none. Never waits, whatever the rule says.
    ///
    /// # Errors
    /// If there are too few, with the time until there are enough; or if there can never be as many,
    /// which is [`RefusalKind::CostAboveLimit`](seawall_core::RefusalKind::CostAboveLimit).
    pub fn check_rate(&self, key: impl KeyParts + Sync, cost: u32) -> Result<(), Refusal> {
        self.call(key, cost).max_wait(Duration::ZERO).acquire_blocking().map(Permit::success)
    }

    /// What `key` has left, and whether `cost` would be let through now. Takes nothing.
    #[must_use]
    pub fn peek(&self, key: impl KeyParts + Sync, cost: u32) -> KeyStatus {
        self.call(key, cost).peek()
    }

    /// What `key` has left. Takes nothing. The status of the limiter as a whole is
    /// [`Backend::status`].
    #[must_use]
    pub fn status(&self, key: impl KeyParts + Sync) -> KeyStatus {
        self.peek(key, 1)
    }

    /// Takes `cost` tokens of `key`'s for the time being: dropping the reservation gives them back,
    /// [`commit`](Reservation::commit) keeps them. Never waits, whatever the rule says.
    ///
    /// # Errors
    /// As [`check_rate`](Self::check_rate).
    pub fn reserve(
        &self,
        key: impl KeyParts + Sync,
        cost: u32,
    ) -> Result<Reservation<'_, Self>, Refusal> {
        self.call(key, cost).max_wait(Duration::ZERO).reserve_blocking()
    }

    /// Takes `cost` tokens of `key`'s when there are as many, within `deadline` from now: first
    /// come, first served. Dropping the future gives them back.
    ///
    /// # Errors
    /// At once, if there will not be as many in time; otherwise as
    /// [`check_rate`](Self::check_rate).
    pub async fn wait(
        &self,
        key: impl KeyParts + Sync,
        cost: u32,
        deadline: Duration,
    ) -> Result<(), Refusal> {
        self.call(key, cost).max_wait(deadline).acquire().await.map(Permit::success)
    }

    /// As [`wait`](Self::wait), blocking this thread.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub fn wait_blocking(
        &self,
        key: impl KeyParts + Sync,
        cost: u32,
        deadline: Duration,
    ) -> Result<(), Refusal> {
        self.call(key, cost).max_wait(deadline).acquire_blocking().map(Permit::success)
    }

    /// Gives `cost` tokens back to `key`: what they were taken for did not happen. There are never
    /// more than the burst. Who refunds more than was taken lets more through than the rule.
    pub fn refund(&self, key: impl KeyParts + Sync, cost: u32) {
        self.call(key, cost).refund();
    }

    /// Forgets all that `key` has spent. Does nothing for a key beyond `max_keys`: what it has
    /// spent, others have spent too.
    pub fn reset(&self, key: impl KeyParts + Sync) {
        self.call(key, 1).reset();
    }

    /// Takes all that is left for `key`, and says how many tokens that was.
    pub fn exhaust(&self, key: impl KeyParts + Sync) -> u64 {
        self.call(key, 1).exhaust()
    }

    /// A call under this rule, to be described further (a key, a cost) and run.
    pub fn protect(&self) -> Guarded<'_, Self> {
        self.driver.protect(self)
    }

    fn call<K: KeyParts + Sync>(&self, key: K, cost: u32) -> Guarded<'_, Self, WithKey<K>> {
        self.protect().key(key).cost(cost)
    }
}

impl Backend for RateLimiter {
    fn layer(&self) -> &Layer {
        &self.engine.layer
    }

    fn enter(&self, call: &Call<'_>) -> Entry<'_> {
        self.engine.enter(call)
    }

    fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.engine.exit(token, exit);
    }

    fn status(&self, now: Tick) -> Status {
        self.engine.status(now)
    }
}

impl Limiter for RateLimiter {
    fn peek(&self, call: &Call<'_>) -> KeyStatus {
        self.engine.peek(call)
    }

    fn refund(&self, call: &Call<'_>) {
        self.engine.refund(call);
    }

    fn reset(&self, call: &Call<'_>) {
        self.engine.reset(call);
    }

    fn exhaust(&self, call: &Call<'_>) -> u64 {
        self.engine.exhaust(call)
    }
}

impl fmt::Debug for RateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimiter").field("rule", &self.engine.rule).finish_non_exhaustive()
    }
}
