#![doc = include_str!("../README.md")]

mod breaker;
mod gate;
mod machine;
mod options;
mod policy;

pub use self::breaker::FailsafeBreaker;
pub use self::options::{Backoff, FailsafeOptions, SuccessRate};

#[doc(no_inline)]
pub use seawall_core::{Error, InvalidOption, Refusal, RefusalKind, Verdict};
