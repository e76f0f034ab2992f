#![doc = include_str!("../README.md")]

mod cell;
mod cells;
mod limiter;
mod rule;
mod shard;
mod sightings;
mod status;

pub use self::limiter::RateLimiter;
pub use self::rule::Rule;
pub use self::status::KeyStatus;

#[doc(no_inline)]
pub use seawall_core::{Error, InvalidOption, Refusal, RefusalKind};
