#![doc = include_str!("../README.md")]

mod advice;
mod alarms;
mod breaker;
mod call_stats;
mod control;
mod engine;
mod handle;
mod keyed;
mod machine;
mod manual_control;
mod open_reason;
mod options;
mod phase;
#[cfg(all(test, seawall_loom))]
mod races;
mod rules;
mod sample;
mod snapshot;
mod state;
mod status;
mod stripes;
mod sync;
mod transition;
mod verbs;

pub use self::advice::{Advice, Advised, Origin};
pub use self::alarms::Alarms;
pub use self::breaker::CircuitBreaker;
pub use self::call_stats::CallStats;
pub use self::control::{Control, Controlled};
pub use self::keyed::{KeyOptions, KeyedBreaker, KeyedStatus, NoRoom};
pub use self::open_reason::OpenReason;
pub use self::options::{Backoff, BreakerOptions, Counts, Probes, Ramp, RateWindow, Ratio};
pub use self::sample::Sample;
pub use self::snapshot::{InvalidSnapshot, Snapshot};
pub use self::state::State;
pub use self::status::BreakerStatus;

#[doc(inline)]
pub use seawall_core::KeyOverflow;
#[doc(no_inline)]
pub use seawall_core::{Class, Error, InvalidOption, Refusal, RefusalKind, Verdict};
