#![doc = include_str!("../README.md")]

mod acquire;
mod backend;
mod checkout;
mod connect_guard;
mod drain;
mod entry;
mod idle_queue;
mod job;
mod maintain;
mod pool;
mod recent_uses;
mod returning;
mod shared;
mod state;
mod sync;
#[cfg(all(test, seawall_loom))]
mod tests {
    mod races;
}
mod timer;
mod waiters;

pub use self::entry::Checkout;
pub use self::pool::Pool;
pub use seawall_core::pool::{Blocking, Threaded};
