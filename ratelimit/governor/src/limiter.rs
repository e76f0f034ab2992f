use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::{
    Backend, Call, Driver, Entry, Exit, Guarded, InvalidOption, KeyParts, KeyStatus, Layer,
    Limiter, Name, Permit, Refusal, Reservation, Status, Tick, Token, WithKey,
};

use crate::Rule;
use crate::engine::Engine;

/// Limits the rate of calls by one named rule, separately for each key. Clones are cheap and share
/// the counts.
///
/// Use [`check_rate`](Self::check_rate) to check calls with it alone. Together with other
/// protections it is a [`Backend`] for any [`Driver`]; a call that a later layer refuses gets its
/// tokens back. A cost of zero counts as one.
#[derive(Clone)]
pub struct RateLimiter {
    engine: Arc<Engine>,
    driver: Driver,
}

impl RateLimiter {
    /// Starts a limiter with `rule`; all its buckets are full.
    ///
    /// # Errors
    /// If an option is zero, or a bucket would take more than a century to fill.
    pub fn start(rule: &Rule) -> Result<Self, InvalidOption> {
        Ok(Self { engine: Arc::new(Engine::new(rule)?), driver: Driver::new() })
    }

    /// Runs the limiter's calls through `driver`, with its clock and observers.
    #[must_use]
    pub fn with_driver(mut self, driver: Driver) -> Self {
        self.driver = driver;
        self
    }

    /// Returns the rule's name.
    #[must_use]
    pub fn name(&self) -> &Name {
        self.engine.layer.name()
    }

    /// Takes `cost` tokens from `key`, or none. Never waits, whatever the rule says.
    ///
    /// # Errors
    /// If there are too few tokens, with the time until there are enough; or
    /// [`RefusalKind::CostAboveLimit`](seawall_core::RefusalKind::CostAboveLimit) if there can
    /// never be enough.
    pub fn check_rate(&self, key: impl KeyParts + Send + Sync, cost: u32) -> Result<(), Refusal> {
        self.call(key, cost).max_wait(Duration::ZERO).acquire_blocking().map(Permit::success)
    }

    /// Returns what `key` has left, and whether `cost` would be admitted now. Takes nothing.
    #[must_use]
    pub fn peek(&self, key: impl KeyParts + Send + Sync, cost: u32) -> KeyStatus {
        self.call(key, cost).peek()
    }

    /// Returns what `key` has left. Takes nothing. For the limiter as a whole, see
    /// [`Backend::status`].
    #[must_use]
    pub fn status(&self, key: impl KeyParts + Send + Sync) -> KeyStatus {
        self.peek(key, 1)
    }

    /// Takes `cost` tokens from `key` provisionally: dropping the reservation returns them,
    /// [`commit`](Reservation::commit) keeps them. Never waits, whatever the rule says.
    ///
    /// # Errors
    /// As [`check_rate`](Self::check_rate).
    pub fn reserve(
        &self,
        key: impl KeyParts + Send + Sync,
        cost: u32,
    ) -> Result<Reservation<'_, Self>, Refusal> {
        self.call(key, cost).max_wait(Duration::ZERO).reserve_blocking()
    }

    /// Takes `cost` tokens from `key`, waiting until they are available, at most `deadline` from
    /// now. Waiters are served in arrival order. Dropping the future returns the tokens.
    ///
    /// # Errors
    /// At once, if the tokens will not be available in time; otherwise as
    /// [`check_rate`](Self::check_rate).
    pub async fn wait(
        &self,
        key: impl KeyParts + Send + Sync,
        cost: u32,
        deadline: Duration,
    ) -> Result<(), Refusal> {
        self.call(key, cost).max_wait(deadline).acquire().await.map(Permit::success)
    }

    /// As [`wait`](Self::wait), blocking the current thread.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub fn wait_blocking(
        &self,
        key: impl KeyParts + Send + Sync,
        cost: u32,
        deadline: Duration,
    ) -> Result<(), Refusal> {
        self.call(key, cost).max_wait(deadline).acquire_blocking().map(Permit::success)
    }

    /// Returns `cost` tokens to `key`, for work that did not happen. There are never more tokens
    /// than the burst. A refund of more than was taken admits more calls than the rule.
    pub fn refund(&self, key: impl KeyParts + Send + Sync, cost: u32) {
        self.call(key, cost).refund();
    }

    /// Forgets the usage of `key`. Does nothing for a key beyond `max_keys`, since others share its
    /// count.
    pub fn reset(&self, key: impl KeyParts + Send + Sync) {
        self.call(key, 1).reset();
    }

    /// Takes all tokens that `key` has left, and returns their number.
    pub fn exhaust(&self, key: impl KeyParts + Send + Sync) -> u64 {
        self.call(key, 1).exhaust()
    }

    /// Starts to describe a call under this rule, for example its key and cost.
    pub fn protect(&self) -> Guarded<'_, Self> {
        self.driver.protect(self)
    }

    fn call<K: KeyParts + Send + Sync>(&self, key: K, cost: u32) -> Guarded<'_, Self, WithKey<K>> {
        self.protect().key(key).cost(cost)
    }
}

impl Backend for RateLimiter {
    fn layer(&self) -> &Layer {
        &self.engine.layer
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
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
