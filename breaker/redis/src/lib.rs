#![doc = include_str!("../README.md")]

mod breaker;
mod manual_control;
mod node;
mod options;
mod recent;
mod status;
mod work;

pub use self::breaker::SharedBreaker;
pub use self::options::SharedOptions;
pub use self::status::{Contact, SharedStatus};

#[doc(no_inline)]
pub use seawall_breaker::{BreakerOptions, CircuitBreaker, Ratio, Snapshot, State};
#[doc(no_inline)]
pub use seawall_core::{Error, InvalidOption, Refusal, RefusalKind};
#[doc(no_inline)]
pub use seawall_store::circuit::{ClusterView, Phase, Prober};
#[doc(no_inline)]
pub use seawall_store::{MemoryStore, Store};
