#![doc = include_str!("../README.md")]

mod objects;

use seawall_core::pool::Manage;

pub use self::objects::Objects;

/// Pools the resources of the manager `M` in deadpool. Clones are cheap and share one pool.
///
/// See the [crate's page](crate) for options, behaviour and an example.
pub type Pool<M> = seawall_pool_kit::Pool<M, Objects<<M as Manage>::Resource>>;

/// A resource with its permit, between the pool and the driver. If it is dropped there, it is
/// closed.
pub type Item<M> = seawall_pool_kit::Item<Objects<<M as Manage>::Resource>>;
