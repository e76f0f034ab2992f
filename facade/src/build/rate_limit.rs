#[cfg(feature = "__limiter")]
mod common;
#[cfg(feature = "ratelimit-governor")]
mod governor;
#[cfg(feature = "ratelimit")]
mod native;
#[cfg(any(feature = "ratelimit", feature = "ratelimit-redis"))]
mod overrides;
#[cfg(feature = "ratelimit-redis")]
mod redis;

#[cfg(feature = "ratelimit-governor")]
pub(super) use self::governor::Governor;
#[cfg(feature = "ratelimit")]
pub(super) use self::native::Native;
#[cfg(feature = "ratelimit-redis")]
pub(super) use self::redis::Redis;
