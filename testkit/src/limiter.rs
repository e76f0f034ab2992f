//! The laws of rate limiters: what any of them must do, one test for each law.
//!
//! The laws use only [`Limiter`](seawall_core::Limiter), [`Backend`](seawall_core::Backend) and a
//! [`Driver`](seawall_core::Driver): calls enter, wait and end, and the status is read. So one line
//! checks any backend, in this workspace or outside: see [`limiter_laws!`](crate::limiter_laws).
//!
//! The algorithm is free; its [`Bound`] says how much it admits. The default is a token bucket.
//!
//! Besides answering calls, a backend must do this:
//!
//! | requirement | how |
//! |---|---|
//! | refuse with the right kind | `RateLimited` if the call could go after `retry_after`; `CostAboveLimit` if there can never be as many tokens; `Deadline` if the call may wait and its deadline comes before its tokens, and before the end of its `max_wait` |
//! | count admitted calls | the reading `admitted` |
//! | count refused calls | the reading `refused` |
//! | count ended calls | one reading for each verdict, by [`Verdict::as_str`](seawall_core::Verdict::as_str) |
//! | count the keys that it keeps | the reading `keys` |

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
pub use self::setup::{Claim, Handles, Setup, Subject};
