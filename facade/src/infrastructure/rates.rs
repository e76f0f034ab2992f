use std::sync::Arc;
use std::time::Duration;

use seawall_core::{
    Component, Guarded, KeyParts, KeyStatus, Limiter, Permit, Refusal, Reservation, WithKey,
};

use crate::{Infrastructure, UnknownName};

/// Rate limits by rule and key, whichever backend keeps them.
impl Infrastructure {
    /// Takes `cost` tokens of `key`'s under the rate limit called `rule`, or none. Never waits.
    ///
    /// # Errors
    /// If there are too few, with the time until there are enough; if there can never be as many; or
    /// if nothing is called `rule`.
    pub fn check_rate(
        &self,
        key: impl KeyParts + Sync,
        rule: &str,
        cost: u32,
    ) -> Result<(), Refusal> {
        let call = self.limited(key, rule, cost)?.max_wait(Duration::ZERO);
        call.acquire_blocking().map(Permit::success)
    }

    /// What the rate limit called `rule` has left for `key`, and whether a call that costs `cost` would
    /// go through now. Takes nothing.
    ///
    /// # Errors
    /// If nothing is called `rule`.
    pub fn peek_rate(
        &self,
        key: impl KeyParts + Sync,
        rule: &str,
        cost: u32,
    ) -> Result<KeyStatus, UnknownName> {
        Ok(self.limited(key, rule, cost)?.peek())
    }

    /// What the rate limit called `rule` has left for `key`. Takes nothing.
    ///
    /// # Errors
    /// If nothing is called `rule`.
    pub fn rate_status(
        &self,
        key: impl KeyParts + Sync,
        rule: &str,
    ) -> Result<KeyStatus, UnknownName> {
        self.peek_rate(key, rule, 1)
    }

    /// Takes `cost` tokens of `key`'s under the rate limit called `rule`, for the time being: dropping
    /// the reservation gives them back. Never waits.
    ///
    /// # Errors
    /// As [`check_rate`](Self::check_rate).
    pub fn reserve_rate(
        &self,
        key: impl KeyParts + Sync,
        rule: &str,
        cost: u32,
    ) -> Result<Reservation<'_, Arc<dyn Limiter>>, Refusal> {
        self.limited(key, rule, cost)?.max_wait(Duration::ZERO).reserve_blocking()
    }

    /// Takes `cost` tokens of `key`'s under the rate limit called `rule`, and waits until they are
    /// there: first come, first served. Dropping the future gives them back.
    ///
    /// # Errors
    /// At once, if they will not be there within `deadline`; if there can never be as many; or if
    /// nothing is called `rule`.
    pub async fn wait_for_rate(
        &self,
        key: impl KeyParts + Sync,
        rule: &str,
        cost: u32,
        deadline: Duration,
    ) -> Result<(), Refusal> {
        let call = self.limited(key, rule, cost)?.max_wait(deadline);
        call.acquire().await.map(Permit::success)
    }

    /// Gives `cost` tokens back to `key` under the rate limit called `rule`. There are never more than
    /// the limit.
    ///
    /// # Errors
    /// If nothing is called `rule`.
    pub fn refund_rate(
        &self,
        key: impl KeyParts + Sync,
        rule: &str,
        cost: u32,
    ) -> Result<(), UnknownName> {
        self.limited(key, rule, cost)?.refund();
        Ok(())
    }

    /// Forgets all that `key` has spent under the rate limit called `rule`.
    ///
    /// # Errors
    /// If nothing is called `rule`.
    pub fn reset_rate(&self, key: impl KeyParts + Sync, rule: &str) -> Result<(), UnknownName> {
        self.limited(key, rule, 1)?.reset();
        Ok(())
    }

    fn limited<K: KeyParts + Sync>(
        &self,
        key: K,
        rule: &str,
        cost: u32,
    ) -> Result<Guarded<'_, Arc<dyn Limiter>, WithKey<K>>, UnknownName> {
        let built = self.registry.component(Component::RateLimiter, rule)?;
        let unknown = || UnknownName::new(Component::RateLimiter, rule, std::iter::empty());
        let limiter = built.as_limiter().ok_or_else(unknown)?;
        Ok(self.driver.protect(limiter).key(key).cost(cost))
    }
}
