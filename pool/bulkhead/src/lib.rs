#![doc = include_str!("../README.md")]

mod bulkhead;
mod options;
mod queue;

pub use self::bulkhead::Bulkhead;
pub use self::options::{BulkheadOptions, InvalidOption};

#[doc(no_inline)]
pub use seawall_core::{Error, Refusal, RefusalKind};
