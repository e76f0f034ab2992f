//! The laws of rate limiters: what any of them has to keep to, one test each.
//!
//! They are stated on [`Limiter`](seawall_core::Limiter) and
//! [`Backend`](seawall_core::Backend) alone: calls are let in, wait, end, and the status is read. So
//! any backend can be tested by them, here or elsewhere, with one queue; see
//! [`limiter_laws!`](crate::limiter_laws).
//!
//! The algorithm is free. What it lets through at most it says by its [`Bound`]; for want of that, it
//! is taken for a token bucket.
//!
//! Besides answering, a backend has to say in its status:
//!
//! | what | how |
//! |---|---|
//! | how many calls it has let through | the reading `admitted` |
//! | how many it has refused | the reading `refused` |
//! | how many have ended how | one reading for each verdict, by [`Verdict::as_str`](seawall_core::Verdict::as_str) |
//! | how many keys it keeps something for | the reading `keys` |

mod bound;
mod fixture;
mod law;
mod laws;
mod macros;
mod queue;
mod ran;
mod script;
mod setup;

pub use self::bound::Bound;
pub use self::law::{LAWS, Law};
pub use self::setup::{Setup, Subject};
