#![doc = include_str!("../README.md")]

mod act;
mod algorithm;
mod any_meter;
mod any_shard;
mod backend;
mod bucket;
mod counts;
mod first_key;
mod keys;
mod limit;
mod limiter;
mod manual_control;
mod meter;
mod order;
mod own;
mod part;
mod queue;
mod queues;
#[cfg(all(test, seawall_loom))]
mod races;
mod rule;
mod scale;
mod settings;
mod shard;
mod single;
mod sliding;
mod slots;
mod spent;
mod sync;
mod take;
mod wakes;

pub use self::algorithm::Algorithm;
pub use self::limiter::RateLimiter;
pub use self::rule::Rule;

#[doc(no_inline)]
pub use seawall_core::{
    Error, InvalidOption, KeyStatus, RateLimitHeaders, Refusal, RefusalKind, Reservation,
};
#[doc(inline)]
pub use seawall_core::{KeyOverflow, Limit};
