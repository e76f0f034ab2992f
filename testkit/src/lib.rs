//! Test what you protect with Seawall, without sleeping.
//!
//! | you want to | take |
//! |---|---|
//! | let hours pass in no time | [`ManualClock`] |
//! | run a future to its end on that clock | [`ManualClock::block_on`] |
//! | know what telemetry was told | [`Recorder`] |
//! | drop a call at each of its awaits | [`cancel::at_every_await`] |
//! | have a backend that answers as you say, and keeps the books | [`Scripted`] |
//!
//! ```
//! use seawall_core::Driver;
//! use seawall_testkit::ManualClock;
//! use std::time::Duration;
//!
//! let time = ManualClock::new();
//! let clock = time.clock();
//! let started = clock.now();
//! time.block_on(clock.sleep_until(started + Duration::from_secs(3600)));
//! assert_eq!(clock.now().since(started), Duration::from_secs(3600));
//! # let _ = Driver::new().with_clock(clock);
//! ```

pub mod cancel;
mod clock;
mod recorder;
mod scripted;
mod yielding;

pub use self::clock::ManualClock;
pub use self::recorder::{Recorded, Recorder};
pub use self::scripted::{Answer, Books, Scripted};
pub use self::yielding::yield_times;
