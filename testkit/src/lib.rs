#![doc = include_str!("../README.md")]
//!
//! # Contents
//!
//! | to | use |
//! |---|---|
//! | let hours pass at once | [`ManualClock`] |
//! | run a future to completion on that clock | [`ManualClock::block_on`] |
//! | see the events that were emitted | [`Recorder`] |
//! | drop a call at each of its awaits | [`cancel::at_every_await`] |
//! | have a backend that answers as scripted and counts its calls | [`Scripted`] |
//! | check a circuit breaker backend | [`breaker_laws!`] |
//! | check a rate limiter backend | [`limiter_laws!`] |
//! | check a bulkhead backend | [`bulkhead_laws!`] |
//! | check a connection pool backend | `pool_laws!`, with the feature `pool` |
//! | have a connection manager that fails as scripted | `pool::Dummy`, with the feature `pool` |
//! | simulate instances that share a store | `cluster::simulate`, with the feature `cluster` |
//! | run scenarios that are data | [`scenario::main`] |

pub mod breaker;
pub mod bulkhead;
pub mod cancel;
mod clock;
#[cfg(feature = "cluster")]
pub mod cluster;
pub mod law;
pub mod limiter;
#[cfg(feature = "pool")]
pub mod pool;
mod recorder;
pub mod scenario;
mod scripted;
mod yielding;

pub use self::clock::ManualClock;
pub use self::recorder::{Recorded, Recorder};
pub use self::scripted::{Answer, CallCounts, Scripted};
pub use self::yielding::yield_times;
