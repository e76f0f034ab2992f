use std::sync::Arc;
use std::time::Duration;

use seawall_core::{
    Component, Guarded, KeyParts, KeyStatus, Limiter, OwnedReservation, Permit, Refusal, WithKey,
};

use crate::live::Running;
use crate::swap::Seen;
use crate::{AnyLayer, Infrastructure, UnknownName};

/// Rate limits by key and rule, whichever backend has them. They are the limiters' own methods, with
/// the name of the rule behind the key. The backend `governor` only admits calls: it cannot peek,
/// reserve, refund, reset or exhaust.
impl Infrastructure {
    /// Takes `cost` tokens from `key` under the rate limit called `rule`, or none. Never waits.
    ///
    /// # Errors
    /// If too few tokens are left, with the time after which a retry succeeds; if the cost exceeds
    /// the burst; if no rate limit is called `rule`; after [`close`](Self::close).
    pub fn check_rate(
        &self,
        key: impl KeyParts + Send + Sync,
        rule: &str,
        cost: u32,
    ) -> Result<(), Refusal> {
        let running = self.admitting(rule)?;
        let call = self.taking(&running, key, cost).max_wait(Duration::ZERO);
        call.acquire_blocking().map(Permit::success)
    }

    /// Returns what `key` has left under the rate limit called `rule`, and whether a call that costs
    /// `cost` would be admitted now. Takes nothing.
    ///
    /// # Errors
    /// If no rate limit is called `rule`, or its backend cannot do this.
    pub fn peek_rate(
        &self,
        key: impl KeyParts + Send + Sync,
        rule: &str,
        cost: u32,
    ) -> Result<KeyStatus, UnknownName> {
        let running = self.rate_limit(rule)?;
        Ok(running.limiter()?.call().key(key).cost(cost).peek())
    }

    /// Returns what `key` has left under the rate limit called `rule`. Takes nothing.
    ///
    /// # Errors
    /// If no rate limit is called `rule`, or its backend cannot do this.
    pub fn rate_status(
        &self,
        key: impl KeyParts + Send + Sync,
        rule: &str,
    ) -> Result<KeyStatus, UnknownName> {
        self.peek_rate(key, rule, 1)
    }

    /// Reserves `cost` tokens of `key` under the rate limit called `rule`: dropping the reservation
    /// gives them back. It is `'static`. Never waits.
    ///
    /// # Errors
    /// As [`check_rate`](Self::check_rate).
    pub fn reserve_rate(
        &self,
        key: impl KeyParts + Send + Sync,
        rule: &str,
        cost: u32,
    ) -> Result<OwnedReservation<Arc<dyn Limiter>>, Refusal> {
        let running = self.rate_limit(rule)?;
        let call = running.limiter()?.owned().key(key).cost(cost);
        self.refuse_closed(rule)?;
        call.max_wait(Duration::ZERO).reserve_blocking()
    }

    /// Takes `cost` tokens from `key` under the rate limit called `rule`, waiting until they are
    /// available. Waiters are served in arrival order. Dropping the future gives the tokens back.
    ///
    /// # Errors
    /// At once, if the tokens will not be available within `deadline`; otherwise as
    /// [`check_rate`](Self::check_rate).
    pub async fn wait_for_rate(
        &self,
        key: impl KeyParts + Send + Sync,
        rule: &str,
        cost: u32,
        deadline: Duration,
    ) -> Result<(), Refusal> {
        let running = self.admitting(rule)?;
        let call = self.taking(&running, key, cost).max_wait(deadline);
        call.acquire().await.map(Permit::success)
    }

    /// Takes tokens as [`wait_for_rate`](Self::wait_for_rate) does, blocking this thread.
    ///
    /// # Errors
    /// As [`wait_for_rate`](Self::wait_for_rate).
    pub fn wait_for_rate_blocking(
        &self,
        key: impl KeyParts + Send + Sync,
        rule: &str,
        cost: u32,
        deadline: Duration,
    ) -> Result<(), Refusal> {
        let running = self.admitting(rule)?;
        let call = self.taking(&running, key, cost).max_wait(deadline);
        call.acquire_blocking().map(Permit::success)
    }

    /// Gives `cost` tokens back to `key` under the rate limit called `rule`, up to its burst.
    ///
    /// # Errors
    /// If no rate limit is called `rule`, or its backend cannot do this.
    pub fn refund_rate(
        &self,
        key: impl KeyParts + Send + Sync,
        rule: &str,
        cost: u32,
    ) -> Result<(), UnknownName> {
        let running = self.rate_limit(rule)?;
        running.limiter()?.call().key(key).cost(cost).refund();
        Ok(())
    }

    /// Forgets what `key` has used under the rate limit called `rule`.
    ///
    /// # Errors
    /// If no rate limit is called `rule`, or its backend cannot do this.
    pub fn reset_rate(
        &self,
        key: impl KeyParts + Send + Sync,
        rule: &str,
    ) -> Result<(), UnknownName> {
        let running = self.rate_limit(rule)?;
        running.limiter()?.call().key(key).reset();
        Ok(())
    }

    /// Takes all tokens that `key` has left under the rate limit called `rule`, and returns their
    /// number.
    ///
    /// # Errors
    /// If no rate limit is called `rule`, or its backend cannot do this.
    pub fn exhaust_rate(
        &self,
        key: impl KeyParts + Send + Sync,
        rule: &str,
    ) -> Result<u64, UnknownName> {
        let running = self.rate_limit(rule)?;
        Ok(running.limiter()?.call().key(key).exhaust())
    }

    fn rate_limit(&self, rule: &str) -> Result<Seen<'_, Arc<Running>>, UnknownName> {
        self.running(Component::RateLimiter, rule)
    }

    /// The rate limit, which takes no tokens after `close`.
    fn admitting(&self, rule: &str) -> Result<Seen<'_, Arc<Running>>, Refusal> {
        let running = self.rate_limit(rule)?;
        self.refuse_closed(rule)?;
        Ok(running)
    }

    fn taking<'r, K: KeyParts + Send + Sync>(
        &'r self,
        running: &'r Running,
        key: K,
        cost: u32,
    ) -> Guarded<'r, AnyLayer, WithKey<K>> {
        self.live.driver.protect(&running.layer).key(key).cost(cost)
    }
}
