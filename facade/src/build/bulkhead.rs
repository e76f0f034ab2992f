#[cfg(any(feature = "bulkhead", feature = "__store"))]
mod common;
#[cfg(feature = "bulkhead")]
mod semaphore;
#[cfg(feature = "__store")]
mod shared;

#[cfg(feature = "bulkhead")]
pub(super) use self::semaphore::Semaphore;
#[cfg(feature = "__store")]
pub(super) use self::shared::Shared;
