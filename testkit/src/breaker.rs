//! The laws of circuit breakers: what any of them has to keep to, one test each.
//!
//! They are stated on [`Backend`](seawall_core::Backend) alone: calls are let in, end, and the
//! status is read. So any backend can be tested by them, here or elsewhere, with one line; see
//! [`breaker_laws!`](crate::breaker_laws).
//!
//! Besides answering, a backend has to say in its status:
//!
//! | what | how |
//! |---|---|
//! | its state | `closed`, `open` or `half_open` |
//! | how long it refuses, while it is open | `retry_after` |
//! | how many calls it has let through | the reading `admitted` |
//! | how many have ended how, in time to count | one reading for each verdict, by [`Verdict::as_str`](seawall_core::Verdict::as_str) |
//! | how many have ended too late to count | the reading `late` |

mod fixture;
mod law;
mod laws;
mod macros;
mod script;
mod setup;

pub use self::law::{LAWS, Law};
pub use self::setup::{Setup, Subject};
