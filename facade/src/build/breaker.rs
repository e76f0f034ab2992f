#[cfg(feature = "breaker-failsafe")]
mod failsafe;
#[cfg(feature = "breaker")]
mod native;

#[cfg(feature = "breaker-failsafe")]
pub(super) use self::failsafe::Failsafe;
#[cfg(feature = "breaker")]
pub(super) use self::native::Native;
