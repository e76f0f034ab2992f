//! Stores of what instances share: what settings say of them, and how components reach them.
//!
//! | file | holds |
//! |---|---|
//! | `backends` | the kinds of stores, and which one a table names |
//! | `redis`, `postgres` | the settings of each kind |
//! | `options` | how a store is reached, whatever its kind: [`StoreOptions`] |
//! | `reference` | what the table of a component says of its store: [`StoreRef`] |
//! | `connections` | connections, which equal options share |
//! | `shared` | the store as components have it, with its contact: [`SharedStore`] |
//! | `contact` | whether a store answers, and since when |
//! | `work` | finds out whether a store answers, also without calls |
//!
//! A backend that keeps something in a store reads a [`StoreRef`] from its table, starts with
//! [`StoreRef::open`] and gives the result to [`Instance::with_store`](super::Instance). For a change, it asks
//! [`StoreRef::on_change`] and calls [`Instance::follow_store`](super::Instance).

mod backends;
#[cfg(feature = "__store")]
mod connections;
#[cfg(feature = "__store")]
mod contact;
#[cfg(feature = "__store")]
mod options;
#[cfg(feature = "store-postgres")]
mod postgres;
#[cfg(feature = "store-redis")]
mod redis;
#[cfg(feature = "__store")]
mod reference;
#[cfg(feature = "__store")]
mod shared;
#[cfg(feature = "__store")]
mod work;

#[cfg(feature = "store-postgres")]
pub(super) use self::backends::InPostgres;
#[cfg(feature = "store-redis")]
pub(super) use self::backends::InRedis;
#[cfg(feature = "__store")]
pub(super) use self::backends::InStore;
#[cfg(not(feature = "__store"))]
pub(crate) use self::backends::reject;
pub(crate) use self::backends::{BACKENDS, StoreBackend, check_defaults, is_rejected};
pub(super) use self::backends::{Chosen, backend_of};
#[cfg(feature = "__store")]
pub(crate) use self::options::StoreOptions;
#[cfg(feature = "__store")]
pub(super) use self::reference::{KEY_SECRET, STORE, StoreRef, URL};
#[cfg(feature = "__store")]
pub(crate) use self::shared::SharedStore;
