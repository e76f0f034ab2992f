#![doc = include_str!("../README.md")]

mod bulkhead;
mod lease;
mod manual_control;
mod options;
mod work;

pub use self::bulkhead::SharedBulkhead;
pub use self::options::SharedOptions;

#[doc(no_inline)]
pub use seawall_bulkhead::BulkheadOptions;
#[doc(no_inline)]
pub use seawall_core::{Error, InvalidOption, Refusal, RefusalKind};
