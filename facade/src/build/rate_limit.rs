#[cfg(feature = "__limiter")]
mod common;
#[cfg(feature = "ratelimit-governor")]
mod governor;
#[cfg(feature = "ratelimit")]
mod native;

#[cfg(feature = "ratelimit-governor")]
pub(super) use self::governor::Governor;
#[cfg(feature = "ratelimit")]
pub(super) use self::native::Native;
