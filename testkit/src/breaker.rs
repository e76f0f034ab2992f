//! The laws of circuit breakers: what any of them must do, one test for each law.
//!
//! The laws use only [`Backend`](seawall_core::Backend): calls enter and end, and the status is read.
//! So one line checks any backend, in this workspace or outside: see
//! [`breaker_laws!`](crate::breaker_laws).
//!
//! Besides answering calls, a backend must report this in its status:
//!
//! | what | how |
//! |---|---|
//! | its state | `closed`, `open` or `half_open` |
//! | how long it refuses while it is open | `retry_after` |
//! | number of admitted calls | the reading `admitted` |
//! | number of calls that ended in time to count | one reading for each verdict, by [`Verdict::as_str`](seawall_core::Verdict::as_str) |
//! | number of calls that ended too late to count | the reading `late` |

mod fixture;
mod law;
mod laws;
mod macros;
mod script;
mod setup;

pub use self::law::{LAWS, Law};
pub use self::setup::{Control, Handles, Setup, Subject};
