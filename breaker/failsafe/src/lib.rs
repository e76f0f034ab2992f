#![doc = include_str!("../README.md")]

mod breaker;
mod circuit;
mod clock;
mod machine;
mod options;
mod policy;
mod state;

pub use self::breaker::FailsafeBreaker;
pub use self::options::{Backoff, FailsafeOptions, SuccessRate};

/// The failsafe library, to make policies and machines for [`FailsafeBreaker::from_policy`] and
/// [`FailsafeBreaker::from_machine`].
#[doc(no_inline)]
pub use failsafe;
#[doc(no_inline)]
pub use seawall_core::{Error, InvalidOption, Refusal, RefusalKind, Verdict};
