#![doc = include_str!("../README.md")]

mod connections;
mod held;
mod moment;

use seawall_core::pool::Manage;

pub use self::connections::Connections;
pub use self::held::Held;

/// A pool of what `M` makes, kept by bb8. Cheap to clone; its clones are the same pool.
///
/// See the [crate's page](crate) for what it does and an example.
pub type Pool<M> = seawall_pool_kit::Pool<M, Connections<<M as Manage>::Resource>>;

/// A resource on its way from the pool to the driver and back. Dropped on that way, it is closed.
pub type Item<M> = seawall_pool_kit::Item<Connections<<M as Manage>::Resource>>;
