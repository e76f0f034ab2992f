use seawall_core::Component;

/// A type of component that settings can start, for
/// [`Infrastructure::component`](crate::Infrastructure::component).
///
/// | type | settings |
/// |---|---|
/// | `seawall::breaker::CircuitBreaker` | `[breaker.NAME]` |
/// | `seawall::breaker::KeyedBreaker` | `[breaker.NAME]` with `per_key = true` |
/// | `seawall::breaker_failsafe::FailsafeBreaker` | `[breaker.NAME]` with `backend = "failsafe"` |
/// | `seawall::ratelimit::RateLimiter` | `[rate_limit.NAME]` |
/// | `seawall::ratelimit_governor::RateLimiter` | `[rate_limit.NAME]` with `backend = "governor"` |
/// | `seawall::bulkhead::Bulkhead` | `[bulkhead.NAME]` |
///
/// Sealed: settings name backends from a fixed list.
#[diagnostic::on_unimplemented(
    message = "settings start no component of type `{Self}`",
    note = "name one of `seawall::breaker::CircuitBreaker`, `seawall::breaker::KeyedBreaker`, \
            `seawall::ratelimit::RateLimiter`, `seawall::bulkhead::Bulkhead`, \
            `seawall::breaker_failsafe::FailsafeBreaker`, `seawall::ratelimit_governor::RateLimiter`",
    note = "a connection pool is `infra.pool::<Manager>(name)`"
)]
pub trait ComponentHandle: sealed::Handle {}

impl<H: sealed::Handle> ComponentHandle for H {}

pub(crate) mod sealed {
    use super::Component;

    pub trait Handle: Clone + Send + Sync + 'static {
        /// The kind of component, which says in which table it is configured.
        const COMPONENT: Component;
        /// The type as a user of the facade writes it.
        const PATH: &'static str;
        /// The backend's name in settings.
        const BACKEND: &'static str;

        fn close(&self) {}
    }
}

macro_rules! handles {
    ($($feature:literal $component:ident $backend:literal $krate:ident::$handle:ident $path:literal
       $({ $close:item })?;)*) => {$(
        #[cfg(feature = $feature)]
        impl sealed::Handle for $krate::$handle {
            const COMPONENT: Component = Component::$component;
            const PATH: &'static str = $path;
            const BACKEND: &'static str = $backend;
            $($close)?
        }
    )*};
}

handles! {
    "breaker" CircuitBreaker "native" seawall_breaker::CircuitBreaker "seawall::breaker::CircuitBreaker";
    "breaker" CircuitBreaker "native" seawall_breaker::KeyedBreaker "seawall::breaker::KeyedBreaker";
    "breaker-failsafe" CircuitBreaker "failsafe" seawall_breaker_failsafe::FailsafeBreaker
        "seawall::breaker_failsafe::FailsafeBreaker";
    "ratelimit" RateLimiter "native" seawall_ratelimit::RateLimiter "seawall::ratelimit::RateLimiter";
    "ratelimit-governor" RateLimiter "governor" seawall_ratelimit_governor::RateLimiter
        "seawall::ratelimit_governor::RateLimiter";
    "bulkhead" Bulkhead "semaphore" seawall_bulkhead::Bulkhead "seawall::bulkhead::Bulkhead"
        { fn close(&self) { Self::close(self); } };
}
