//! The kinds of settings that a section can be asked for.

mod duration;
mod flag;
#[cfg(feature = "ratelimit")]
mod key;
mod number;
mod reference;
mod text;
mod word;

#[cfg(feature = "ratelimit")]
pub(crate) use self::key::WrittenKey;
