#![doc = include_str!("../README.md")]

mod away;
mod backend;
mod count;
mod inbox;
mod keys;
mod leased;
mod leases;
mod limiter;
mod link;
mod manual_control;
mod pace;
mod probe;
#[cfg(all(test, seawall_loom))]
mod races;
mod rule;
mod shared;
mod status;
mod sync;
mod terms;
mod token;
mod waiting;
mod work;

pub use self::away::Away;
pub use self::limiter::RateLimiter;
pub use self::rule::Rule;

#[doc(no_inline)]
pub use seawall_core::{
    Error, InvalidOption, KeyStatus, RateLimitHeaders, Refusal, RefusalKind, Reservation,
};
#[doc(inline)]
pub use seawall_core::{KeyOverflow, Limit};
#[doc(no_inline)]
pub use seawall_store::{MemoryStore, Store};
