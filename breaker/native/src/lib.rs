#![doc = include_str!("../README.md")]

mod alarms;
mod breaker;
mod control;
mod engine;
mod keyed;
mod machine;
mod options;
mod phase;
#[cfg(all(test, seawall_loom))]
mod races;
mod rules;
mod said_by;
mod snapshot;
mod status;
mod stripes;
mod sync;
mod totals;

pub use self::alarms::Alarms;
pub use self::breaker::CircuitBreaker;
pub use self::control::Control;
pub use self::keyed::{KeyOptions, KeyedBreaker, KeyedStatus, NoRoom};
pub use self::options::{Backoff, BreakerOptions, Counts, Probes, Ramp, RateWindow, Ratio};
pub use self::phase::State;
pub use self::said_by::SaidBy;
pub use self::snapshot::{InvalidSnapshot, Snapshot};

pub use self::status::{BreakerStatus, Sample};
pub use self::totals::Totals;

#[doc(inline)]
pub use seawall_core::KeyOverflow;
#[doc(no_inline)]
pub use seawall_core::{Class, Error, InvalidOption, Refusal, RefusalKind, Verdict};
