#![doc = include_str!("../README.md")]

mod bulkhead;
mod options;
mod permits;
mod queue;

pub use self::bulkhead::Bulkhead;
#[doc(hidden)]
pub use self::bulkhead::resize_by;
pub use self::options::BulkheadOptions;

#[doc(no_inline)]
pub use seawall_core::{Error, InvalidOption, Refusal, RefusalKind};
