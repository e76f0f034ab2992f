#![doc = include_str!("../README.md")]

mod age;
mod aside;
mod backend;
mod bell;
mod blocking;
mod books;
mod caught;
mod chance;
mod checkout;
mod cut;
mod drain;
mod gate;
mod guard;
mod health;
mod item;
mod ledger;
mod maintain;
mod parcel;
mod place;
mod pool;
mod presence;
#[cfg(all(test, seawall_loom))]
mod races;
mod rack;
mod reason;
mod shared;
mod slot;
mod stash;
mod sync;
mod taken;
mod trouble;
mod wait;

pub use self::aside::Aside;
pub use self::blocking::{Blocking, Threaded};
pub use self::item::Item;
pub use self::pool::Pool;
pub use self::rack::{Rack, Slots};
pub use self::slot::Slot;
