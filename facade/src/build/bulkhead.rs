#[cfg(any(feature = "bulkhead", feature = "bulkhead-redis"))]
mod common;
#[cfg(feature = "bulkhead-redis")]
mod redis;
#[cfg(feature = "bulkhead")]
mod semaphore;

#[cfg(feature = "bulkhead-redis")]
pub(super) use self::redis::Redis;
#[cfg(feature = "bulkhead")]
pub(super) use self::semaphore::Semaphore;
