#![doc = include_str!("../README.md")]

mod cell;
mod cells;
mod engine;
mod limiter;
mod rule;
mod shard;
mod sightings;

pub use self::limiter::RateLimiter;
pub use self::rule::Rule;

#[doc(no_inline)]
pub use seawall_core::{
    Error, InvalidOption, KeyStatus, Limiter, Refusal, RefusalKind, Reservation,
};
