#![doc = include_str!("../README.md")]

mod act;
mod algorithm;
mod any_shard;
mod backend;
mod bucket;
mod counts;
mod keys;
mod limit;
mod limiter;
mod meter;
#[cfg(all(test, seawall_loom))]
mod races;
mod rule;
mod rules;
mod scale;
mod settings;
mod shard;
mod single;
mod sliding;
mod sync;

pub use self::algorithm::Algorithm;
pub use self::limit::Limit;
pub use self::limiter::RateLimiter;
pub use self::rule::Rule;

#[doc(inline)]
pub use seawall_core::KeyOverflow;
#[doc(no_inline)]
pub use seawall_core::{
    Error, InvalidOption, KeyStatus, RateLimitHeaders, Refusal, RefusalKind, Reservation,
};
