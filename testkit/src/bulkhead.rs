//! The laws of bulkheads: what any of them must do, one test for each law.
//!
//! The laws use only [`Backend`](seawall_core::Backend), [`ManualControl`](seawall_core::ManualControl)
//! and a [`Driver`](seawall_core::Driver): calls enter, wait and end, and the status is read. So one line
//! checks any backend, in this workspace or outside: see [`bulkhead_laws!`](crate::bulkhead_laws).
//!
//! Besides answering calls, a backend must do this:
//!
//! | requirement | how |
//! |---|---|
//! | refuse with the right kind | `BulkheadFull` if the call must not wait; `BulkheadTimeout` if no permit came back within its `max_wait`; `ShuttingDown` once it is closed |
//! | count admitted calls | the reading `admitted` |
//! | count refused calls | the reading `refused` |
//! | count ended calls | one reading for each verdict, by [`Verdict::as_str`](seawall_core::Verdict::as_str) |
//! | count calls that run, and that wait | the readings `running` and `waiting` |
//! | count callers that went away while they waited | the reading `gave_up` |

mod calls;
mod fixture;
mod law;
mod laws;
mod macros;
mod setup;

pub use self::law::{LAWS, Law};
pub use self::setup::{Claim, Handles, Setup, Subject};
