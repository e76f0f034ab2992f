//! The kinds of settings that a section can be asked for.

mod duration;
#[cfg(feature = "breaker")]
mod flag;
#[cfg(feature = "ratelimit")]
mod key;
#[cfg(any(feature = "__component", feature = "__pool"))]
mod number;
#[cfg(feature = "breaker")]
mod ratio;
mod reference;
mod word;

#[cfg(feature = "ratelimit")]
pub(crate) use self::key::WrittenKey;
