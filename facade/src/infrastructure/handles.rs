use seawall_core::Component;

use super::Infrastructure;
use crate::UnknownName;

/// The parts themselves, by their names: for what only one kind of them can do.
impl Infrastructure {
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
}
