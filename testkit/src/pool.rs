//! Connection pools: a manager that fails as it is told, for your tests, and the laws that any pool
//! has to keep to, one test each.
//!
//! [`Dummy`] makes connections that exist on paper. Put it where your pool's manager is, script what
//! fails, hangs or panics, and see what becomes of your code.
//!
//! The laws are stated on [`Pool`](seawall_core::pool::Pool) and
//! [`PoolControl`](seawall_core::pool::PoolControl) alone: resources are lent and come back, time
//! passes, and the status is read. So any backend can be tested by them, here or elsewhere, with one
//! line; see [`pool_laws!`](crate::pool_laws).
//!
//! A backend may not read the time from anywhere but the clock of the driver that a [`Setup`] has,
//! nor wait for anything but that, its manager, and what others give back.

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
