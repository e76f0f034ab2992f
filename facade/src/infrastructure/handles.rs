use seawall_core::Component;

use crate::{Infrastructure, UnknownName};

/// Components by name, each as what its backend is: for what only that can do.
impl Infrastructure {
    /// The circuit breaker called `name`, if its backend is `native` and all keys have one circuit.
    ///
    /// # Errors
    /// If nothing is called `name`, or another backend's, or one that is `per_key`.
    #[cfg(feature = "breaker")]
    pub fn breaker(&self, name: &str) -> Result<seawall_breaker::CircuitBreaker, UnknownName> {
        self.handle(Component::CircuitBreaker, name)
    }

    /// The circuit breaker called `name`, if its backend is `native` and it is `per_key`: to take one
    /// key's circuit in hand, or to ask for it.
    ///
    /// # Errors
    /// If nothing is called `name`, or another backend's, or one that is not `per_key`.
    #[cfg(feature = "breaker")]
    pub fn keyed_breaker(&self, name: &str) -> Result<seawall_breaker::KeyedBreaker, UnknownName> {
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

    fn handle<H: Clone + 'static>(
        &self,
        component: Component,
        name: &str,
    ) -> Result<H, UnknownName> {
        let wanted = std::any::type_name::<H>();
        let part = self.registry.part(component, name)?;
        part.handle().ok_or_else(|| UnknownName::of_another_kind(component, name, wanted))
    }
}
