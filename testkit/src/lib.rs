#![doc = include_str!("../README.md")]
//!
//! # What there is
//!
//! | you want to | take |
//! |---|---|
//! | let hours pass in no time | [`ManualClock`] |
//! | run a future to its end on that clock | [`ManualClock::block_on`] |
//! | know what telemetry was told | [`Recorder`] |
//! | drop a call at each of its awaits | [`cancel::at_every_await`] |
//! | have a backend that answers as you say, and keeps the books | [`Scripted`] |
//! | know whether a circuit breaker is one | [`breaker_laws!`] |
//! | know whether a rate limiter is one | [`limiter_laws!`] |
//! | know whether a connection pool is one | [`pool_laws!`], with the feature `pool` |
//! | have a manager whose connections fail as you say | [`pool::Dummy`], with the feature `pool` |
//! | run scenarios that are data | [`scenario::main`] |

pub mod breaker;
pub mod cancel;
mod clock;
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
pub use self::scripted::{Answer, Books, Scripted};
pub use self::yielding::yield_times;
