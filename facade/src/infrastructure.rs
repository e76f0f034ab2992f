use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::{
    Clock, Component, Driver, Dynamic, Error, Guarded, KeyParts, KeyStatus, Limiter, Permit,
    Refusal, Reservation, Status, WithKey,
};

use crate::registry::Registry;
use crate::{Builder, UnknownName};

/// All protections of a service, by name. Cheap to clone; clones are the same.
///
/// ```
/// # #[cfg(feature = "breaker")] {
/// use seawall::{ConfigSource, Infrastructure};
///
/// let settings = r#"
///     [breaker.payments]
///     failures = 5
///     window = "10s"
///
///     [protection.charge_card]
///     breaker = "payments"
///     timeout = "500ms"
/// "#;
/// let infra = Infrastructure::builder().config(ConfigSource::new().toml_str(settings)).build()?;
/// let answer = infra.execute_protected_blocking("charge_card", || Ok::<_, std::io::Error>(42));
/// assert_eq!(answer.expect("the circuit is closed"), 42);
/// # }
/// # Ok::<(), seawall::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Infrastructure {
    driver: Driver,
    registry: Arc<Registry>,
}

impl Infrastructure {
    /// Describes one.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(driver: Driver, registry: Registry) -> Self {
        Self { driver, registry: Arc::new(registry) }
    }

    /// Runs `op` under the protection called `name`, with all its layers, in this order: deadline,
    /// rate limits, bulkheads, breakers, timeout.
    ///
    /// # Errors
    /// [`Error::Refused`] if a layer does not let the call through, or nothing is called `name`;
    /// [`Error::TimedOut`] if `op` was cut; [`Error::Failed`] with its own error.
    ///
    /// # Panics
    /// If `op` does; the layers hear of that.
    pub async fn execute_protected<T, E, O>(
        &self,
        name: &str,
        op: impl FnOnce() -> O,
    ) -> Result<T, Error<E>>
    where
        O: Future<Output = Result<T, E>>,
    {
        self.protect(name)?.run(op).await
    }

    /// Runs `op` on this thread under the protection called `name`. One that takes longer than the
    /// timeout counts as a failure; its result is returned all the same.
    ///
    /// # Errors
    /// [`Error::Refused`] if a layer does not let the call through, or nothing is called `name`;
    /// [`Error::Failed`] with `op`'s own error.
    ///
    /// # Panics
    /// If `op` does; the layers hear of that.
    pub fn execute_protected_blocking<T, E>(
        &self,
        name: &str,
        op: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, Error<E>> {
        self.protect(name)?.run_blocking(op)
    }

    /// A call under the protection called `name`, to be described further (a key, a cost, a deadline
    /// of its own, a classifier) and run.
    ///
    /// # Errors
    /// If nothing is called `name`: a refusal, so that `?` works where a call would.
    pub fn protect(&self, name: &str) -> Result<Guarded<'_, Dynamic>, Refusal> {
        let protection = self.registry.protection(name)?;
        let mut call = self.driver.protect(&protection.layers);
        if let Some(timeout) = protection.timeout {
            call = call.timeout(timeout);
        }
        if let Some(deadline) = protection.deadline {
            call = call.deadline(deadline);
        }
        Ok(call)
    }

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
        let part = self.registry.part(Component::RateLimiter, rule)?;
        let wanted = "dyn Limiter";
        let limiter = part
            .as_limiter()
            .ok_or_else(|| UnknownName::of_another_kind(Component::RateLimiter, rule, wanted))?;
        Ok(self.driver.protect(limiter).key(key).cost(cost))
    }

    /// The status of each layer of the protection called `name`, in the order they are asked.
    ///
    /// # Errors
    /// If nothing is called `name`.
    pub fn status(&self, name: &str) -> Result<Vec<Status>, UnknownName> {
        let now = self.driver.clock().now();
        let layers = self.registry.protection(name)?.layers.layers();
        Ok(layers.iter().map(|layer| layer.status(now)).collect())
    }

    /// The status of every component there is.
    #[must_use]
    pub fn components(&self) -> Vec<Status> {
        self.registry.statuses(self.driver.clock().now())
    }

    /// The names of all protections.
    pub fn protections(&self) -> impl Iterator<Item = &str> {
        self.registry.protections().map(seawall_core::Name::as_str)
    }

    /// What leads the calls: for protections of one's own beside the configured.
    #[must_use]
    pub const fn driver(&self) -> &Driver {
        &self.driver
    }

    /// The clock.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        self.driver.clock()
    }

    /// The circuit breaker called `name`, if its backend is `native`.
    ///
    /// # Errors
    /// If nothing is called `name`, or another backend's.
    #[cfg(feature = "breaker")]
    pub fn breaker(&self, name: &str) -> Result<seawall_breaker::CircuitBreaker, UnknownName> {
        self.handle(Component::CircuitBreaker, name)
    }

    /// The rate limiter that keeps the rule called `name`, if its backend is `native`: to change the
    /// rule, or one key's limit.
    ///
    /// # Errors
    /// If nothing is called `name`, or another backend's.
    #[cfg(feature = "ratelimit")]
    pub fn rate_limiter(&self, name: &str) -> Result<seawall_ratelimit::RateLimiter, UnknownName> {
        self.handle(Component::RateLimiter, name)
    }

    /// The rate limiter that keeps the rule called `name`, if its backend is `governor`.
    ///
    /// # Errors
    /// If nothing is called `name`, or another backend's.
    #[cfg(feature = "ratelimit-governor")]
    pub fn governor_rate_limiter(
        &self,
        name: &str,
    ) -> Result<seawall_ratelimit_governor::RateLimiter, UnknownName> {
        self.handle(Component::RateLimiter, name)
    }

    /// The bulkhead called `name`.
    ///
    /// # Errors
    /// If nothing is called `name`.
    #[cfg(feature = "bulkhead")]
    pub fn bulkhead(&self, name: &str) -> Result<seawall_bulkhead::Bulkhead, UnknownName> {
        self.handle(Component::Bulkhead, name)
    }

    /// The circuit breaker called `name`, if its backend is `failsafe`.
    ///
    /// # Errors
    /// If nothing is called `name`, or another backend's.
    #[cfg(feature = "breaker-failsafe")]
    pub fn failsafe_breaker(
        &self,
        name: &str,
    ) -> Result<seawall_breaker_failsafe::FailsafeBreaker, UnknownName> {
        self.handle(Component::CircuitBreaker, name)
    }

    #[cfg(any(
        feature = "breaker",
        feature = "breaker-failsafe",
        feature = "ratelimit",
        feature = "ratelimit-governor",
        feature = "bulkhead"
    ))]
    fn handle<H: Clone + 'static>(
        &self,
        component: Component,
        name: &str,
    ) -> Result<H, UnknownName> {
        let wanted = std::any::type_name::<H>();
        let part = self.registry.part(component, name)?;
        part.handle().ok_or_else(|| UnknownName::of_another_kind(component, name, wanted))
    }

    /// The pool called `name` of what an `M` makes, whatever its backend.
    ///
    /// # Errors
    /// If nothing is called `name`, or something that another manager makes.
    #[cfg(any(feature = "pool-bb8", feature = "pool-deadpool", feature = "pool-r2d2"))]
    pub fn pool<M: seawall_core::pool::Manage>(
        &self,
        name: &str,
    ) -> Result<crate::Pool<M>, UnknownName> {
        let pool = self.registry.pool(name)?;
        let pool: Option<&crate::Pool<M>> = pool.handle().downcast_ref();
        let wanted = std::any::type_name::<M>();
        pool.cloned()
            .ok_or_else(|| UnknownName::of_another_kind(Component::ConnectionPool, name, wanted))
    }

    /// The background work of all pools, for someone to run: `tokio::spawn(infra.maintain())`, or a
    /// thread that blocks on it. It connects pools while they are degraded, with backoff, keeps what
    /// they have idle as their settings say, and closes what is too old. Without it, a pool does all
    /// that while it lends.
    ///
    /// Where the settings of a pool name a `breaker`, its background connects are calls through that
    /// breaker: it hears of those that fail, and while it is open, nothing is connected.
    ///
    /// It needs no runtime but what the managers need. It ends once all pools are closed or not used
    /// any more, and loses nothing when it is dropped. A manager that panics does not end it.
    #[cfg(any(feature = "pool-bb8", feature = "pool-deadpool", feature = "pool-r2d2"))]
    pub fn maintain(&self) -> impl Future<Output = ()> + Send + use<> {
        let works = self.registry.maintain();
        async {
            crate::pool::join(works).await;
        }
    }

    /// Closes what can be closed, as [`close`](Self::close) does, and waits until all pools have
    /// their connections back and have closed them well; `patience` at most. Says of each pool how
    /// many did not come back in time. If the future is dropped, all is closed all the same.
    #[cfg(any(feature = "pool-bb8", feature = "pool-deadpool", feature = "pool-r2d2"))]
    pub async fn drain(
        &self,
        patience: Duration,
    ) -> Vec<(seawall_core::Name, seawall_core::pool::Drained)> {
        self.close();
        let works = self.registry.pools().map(|pool| pool.drain(patience)).collect();
        let drained = crate::pool::join(works).await;
        self.registry.pool_names().cloned().zip(drained).collect()
    }

    /// Closes what can be closed: pools and bulkheads refuse from now on, and pools close their
    /// connections as these come back. Calls that run are left to end.
    pub fn close(&self) {
        #[cfg(any(feature = "pool-bb8", feature = "pool-deadpool", feature = "pool-r2d2"))]
        self.registry.pools().for_each(crate::pool::AnyPool::close);
        #[cfg(feature = "bulkhead")]
        for part in self.registry.parts(Component::Bulkhead) {
            let bulkhead: Option<seawall_bulkhead::Bulkhead> = part.handle();
            if let Some(bulkhead) = bulkhead {
                bulkhead.close();
            }
        }
    }
}

impl std::fmt::Debug for Infrastructure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Infrastructure")
            .field("protections", &self.protections().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
