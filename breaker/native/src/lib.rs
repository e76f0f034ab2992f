#![doc = include_str!("../README.md")]

mod breaker;
mod engine;
mod options;
mod phase;
mod status;
mod totals;
mod window;

pub use self::breaker::CircuitBreaker;
pub use self::options::{BreakerOptions, InvalidOption};
pub use self::phase::State;
pub use self::status::BreakerStatus;
pub use self::totals::Totals;

#[doc(no_inline)]
pub use seawall_core::{Error, Refusal, RefusalKind, Verdict};
