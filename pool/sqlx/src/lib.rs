#![doc = include_str!("../README.md")]

use seawall_core::Name;
use seawall_core::pool::PoolOptions;
use seawall_core::pool::library::LibraryPool;
use sqlx_core::database::Database;

mod checkout;
mod connecting;
mod library;
mod transaction;

pub use self::checkout::Checkout;
pub use self::library::Sqlx;
pub use sqlx_core;

/// A pool of sqlx that was there already.
pub type Pool<DB> = LibraryPool<Sqlx<DB>>;

/// Puts a pool that exists under Seawall, as `name`. It keeps its options, callbacks and its other
/// users.
pub fn from_pool<DB: Database>(name: impl Into<Name>, pool: sqlx_core::pool::Pool<DB>) -> Pool<DB> {
    LibraryPool::new(name, Sqlx::new(pool), PoolOptions::new())
}
