#![doc = include_str!("../README.md")]

mod adapter;
mod backend;
mod books;
mod checkout;
mod item;
mod pool;
mod presence;
mod slot;
mod stage;
mod trouble;
mod watch;

pub use self::item::Item;
pub use self::pool::Pool;
