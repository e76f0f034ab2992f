#![doc = include_str!("../README.md")]

mod acquire;
mod backend;
mod blocking;
mod checkout;
mod connect_guard;
mod drain;
mod entry;
mod idle_queue;
mod jitter;
mod job;
mod maintain;
mod pool;
#[cfg(all(test, seawall_loom))]
mod races;
mod recent_uses;
mod returning;
mod shared;
mod state;
mod sync;
mod timer;
mod waiters;

pub use self::blocking::{Blocking, Threaded};
pub use self::entry::Checkout;
pub use self::pool::Pool;
