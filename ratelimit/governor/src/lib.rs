#![doc = include_str!("../README.md")]

mod clock;
mod existing;
mod library;
mod limiter;
mod own;
mod rule;

pub use self::limiter::RateLimiter;
pub use self::rule::Rule;

/// The governor library, to make limiters for [`RateLimiter::from_limiter`].
#[doc(no_inline)]
pub use governor;
#[doc(no_inline)]
pub use seawall_core::{Error, InvalidOption, Refusal, RefusalKind};
