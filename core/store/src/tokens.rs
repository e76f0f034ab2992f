//! Rate limit tokens that instances lease from a store.
//!
//! For every window of time `(s, t]`, the calls admitted by all instances together are at most
//! `burst + rate × (t − s)`. It follows from one rule that the script keeps: the tokens in the store and the
//! tokens out on leases are together never more than the burst.

use crate::Script;

mod lease;
mod model;
mod rate;
mod reply;

pub use self::lease::{Lease, LeaseReport};
pub use self::rate::{InvalidRate, Rate};
pub use self::reply::{Granted, LeaseReply};

/// Grants tokens of one key to an instance, for the life of a lease.
pub static TOKENS: Script =
    Script { name: "tokens", lua: include_str!("tokens/tokens.lua"), model: model::apply };

/// How an instance may use a share of the rate while it does not reach the store.
pub mod share {
    use std::time::Duration;

    /// The silence after which the store withholds an instance's share from the refill.
    pub const WITHHELD_AFTER: Duration = Duration::from_micros(super::model::AFTER_MICROS as u64);
    /// The silence after which the store no longer withholds it.
    pub const WITHHELD_UNTIL: Duration = Duration::from_micros(super::model::UNTIL_MICROS as u64);
    /// A share is a multiple of one part of this number.
    pub const PARTS: u32 = super::model::SHARE_PARTS;
}
