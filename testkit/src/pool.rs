//! Connection pools: a scripted manager for tests, and the laws that every pool must satisfy, one
//! test each.
//!
//! [`Dummy`] creates simulated connections. Use it in place of your manager, script what fails,
//! hangs or panics, and check how your code behaves.
//!
//! The laws use only [`Pool`](seawall_core::pool::Pool) and
//! [`PoolControl`](seawall_core::pool::PoolControl): resources are lent and returned, time passes,
//! and the status is read. So one line tests any backend, in this repository or elsewhere; see
//! [`pool_laws!`](crate::pool_laws).
//!
//! A backend must read the time only from the clock of the driver in its [`Setup`], and wait only
//! for that clock, its manager and returned resources.

mod dummy;
mod fixture;
mod law;
mod laws;
mod macros;
mod play;
mod setup;
mod started;

pub use self::dummy::{Act, Connection, Dummy, DummyError, Step};
pub use self::law::{LAWS, Law};
pub use self::setup::{Setup, Subject};
