use seawall_core::Component;

/// A type of component that settings can start, for
/// [`Infrastructure::component`](crate::Infrastructure::component).
///
/// | type | settings |
/// |---|---|
/// | `seawall::breaker::CircuitBreaker` | `[breaker.NAME]` |
/// | `seawall::breaker::KeyedBreaker` | `[breaker.NAME]` with `per_key = true` |
/// | `seawall::breaker_failsafe::FailsafeBreaker` | `[breaker.NAME]` with `backend = "failsafe"` |
/// | `seawall::breaker_redis::SharedBreaker` | `[breaker.NAME]` with `store`, or with `backend = "redis"` or `"postgres"` |
/// | `seawall::ratelimit::RateLimiter` | `[rate_limit.NAME]` |
/// | `seawall::ratelimit_governor::RateLimiter` | `[rate_limit.NAME]` with `backend = "governor"` |
/// | `seawall::ratelimit_redis::RateLimiter` | `[rate_limit.NAME]` with `store`, or with `backend = "redis"` or `"postgres"` |
/// | `seawall::bulkhead::Bulkhead` | `[bulkhead.NAME]` |
/// | `seawall::bulkhead_redis::SharedBulkhead` | `[bulkhead.NAME]` with `store`, or with `backend = "redis"` or `"postgres"` |
///
/// Implement it for the handle of a [`ComponentBackend`](super::ComponentBackend) that code should get
/// by name.
#[diagnostic::on_unimplemented(
    message = "settings start no component of type `{Self}`",
    note = "name one of `seawall::breaker::CircuitBreaker`, `seawall::breaker::KeyedBreaker`, \
            `seawall::ratelimit::RateLimiter`, `seawall::bulkhead::Bulkhead`, \
            `seawall::breaker_failsafe::FailsafeBreaker`, `seawall::ratelimit_governor::RateLimiter`, \
            `seawall::ratelimit_redis::RateLimiter`, `seawall::bulkhead_redis::SharedBulkhead`, `seawall::breaker_redis::SharedBreaker`, or implement `ComponentHandle` for the handle of your own backend",
    note = "a connection pool is `infra.pool::<Manager>(name)`"
)]
pub trait ComponentHandle: Clone + Send + Sync + 'static {
    /// The kind of component, which says in which table it is configured.
    const COMPONENT: Component;
}

macro_rules! handles {
    ($($feature:literal $component:ident $krate:ident::$handle:ident $path:literal;)*) => {
        $(
            #[cfg(feature = $feature)]
            impl ComponentHandle for $krate::$handle {
                const COMPONENT: Component = Component::$component;
            }
        )*

        /// Returns the path of the type `H` as users write it, for messages.
        pub(crate) fn path_of<H: 'static>() -> &'static str {
            $(
                #[cfg(feature = $feature)]
                if std::any::TypeId::of::<H>() == std::any::TypeId::of::<$krate::$handle>() {
                    return $path;
                }
            )*
            std::any::type_name::<H>()
        }
    };
}

handles! {
    "breaker" CircuitBreaker seawall_breaker::CircuitBreaker "seawall::breaker::CircuitBreaker";
    "breaker" CircuitBreaker seawall_breaker::KeyedBreaker "seawall::breaker::KeyedBreaker";
    "breaker-failsafe" CircuitBreaker seawall_breaker_failsafe::FailsafeBreaker
        "seawall::breaker_failsafe::FailsafeBreaker";
    "__store" CircuitBreaker seawall_breaker_redis::SharedBreaker
        "seawall::breaker_redis::SharedBreaker";
    "ratelimit" RateLimiter seawall_ratelimit::RateLimiter "seawall::ratelimit::RateLimiter";
    "ratelimit-governor" RateLimiter seawall_ratelimit_governor::RateLimiter
        "seawall::ratelimit_governor::RateLimiter";
    "__store" RateLimiter seawall_ratelimit_redis::RateLimiter
        "seawall::ratelimit_redis::RateLimiter";
    "bulkhead" Bulkhead seawall_bulkhead::Bulkhead "seawall::bulkhead::Bulkhead";
    "__store" Bulkhead seawall_bulkhead_redis::SharedBulkhead
        "seawall::bulkhead_redis::SharedBulkhead";
}
