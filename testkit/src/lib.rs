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

pub mod breaker;
pub mod cancel;
mod clock;
mod recorder;
mod scripted;
mod yielding;

pub use self::clock::ManualClock;
pub use self::recorder::{Recorded, Recorder};
pub use self::scripted::{Answer, Books, Scripted};
pub use self::yielding::yield_times;
