#[cfg(feature = "__limiter")]
mod common;
#[cfg(feature = "ratelimit-governor")]
mod governor;
#[cfg(feature = "ratelimit")]
mod native;
#[cfg(any(feature = "ratelimit", feature = "__store"))]
mod overrides;
#[cfg(feature = "__store")]
mod shared;

#[cfg(feature = "ratelimit-governor")]
pub(super) use self::governor::Governor;
#[cfg(feature = "ratelimit")]
pub(super) use self::native::Native;
#[cfg(feature = "__store")]
pub(super) use self::shared::Shared;
