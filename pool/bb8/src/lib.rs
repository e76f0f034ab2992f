#![doc = include_str!("../README.md")]

mod connections;
mod held;
mod moment;

use seawall_core::pool::Manage;

pub use self::connections::Connections;
pub use self::held::Held;

/// Pools the resources of the manager `M` in bb8. Clones are cheap and share one pool.
///
/// See the [crate's page](crate) for behaviour and an example.
pub type Pool<M> = seawall_pool_kit::Pool<M, Connections<<M as Manage>::Resource>>;

/// A resource with its permit, between the pool and the driver. If it is dropped there, it is
/// closed.
pub type Item<M> = seawall_pool_kit::Item<Connections<<M as Manage>::Resource>>;
