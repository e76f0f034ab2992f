use seawall_core::{Backend, Component};

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
/// Implement it for the handle of a [`ComponentBackend`](super::ComponentBackend) that code should get
/// by name.
#[diagnostic::on_unimplemented(
    message = "settings start no component of type `{Self}`",
    note = "name one of `seawall::breaker::CircuitBreaker`, `seawall::breaker::KeyedBreaker`, \
            `seawall::ratelimit::RateLimiter`, `seawall::bulkhead::Bulkhead`, \
            `seawall::breaker_failsafe::FailsafeBreaker`, `seawall::ratelimit_governor::RateLimiter`, \
            or implement `ComponentHandle` for the handle of your own backend",
    note = "a connection pool is `infra.pool::<Manager>(name)`"
)]
pub trait ComponentHandle: Backend + Clone + 'static {
    /// The kind of component, which says in which table it is configured.
    const COMPONENT: Component;

    /// Returns the path of the type as users write it, for messages.
    #[must_use]
    fn path() -> &'static str {
        std::any::type_name::<Self>()
    }
}

macro_rules! handles {
    ($($feature:literal $component:ident $krate:ident::$handle:ident $path:literal;)*) => {$(
        #[cfg(feature = $feature)]
        impl ComponentHandle for $krate::$handle {
            const COMPONENT: Component = Component::$component;

            fn path() -> &'static str {
                $path
            }
        }
    )*};
}

handles! {
    "breaker" CircuitBreaker seawall_breaker::CircuitBreaker "seawall::breaker::CircuitBreaker";
    "breaker" CircuitBreaker seawall_breaker::KeyedBreaker "seawall::breaker::KeyedBreaker";
    "breaker-failsafe" CircuitBreaker seawall_breaker_failsafe::FailsafeBreaker
        "seawall::breaker_failsafe::FailsafeBreaker";
    "ratelimit" RateLimiter seawall_ratelimit::RateLimiter "seawall::ratelimit::RateLimiter";
    "ratelimit-governor" RateLimiter seawall_ratelimit_governor::RateLimiter
        "seawall::ratelimit_governor::RateLimiter";
    "bulkhead" Bulkhead seawall_bulkhead::Bulkhead "seawall::bulkhead::Bulkhead";
}
