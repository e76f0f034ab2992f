#[cfg(feature = "bulkhead")]
mod semaphore;

#[cfg(feature = "bulkhead")]
pub(super) use self::semaphore::Semaphore;
