#![doc = include_str!("../README.md")]

use ::bb8::{Builder, ManageConnection, QueueStrategy};
use seawall_core::pool::library::{Inside, Lacks, LibraryPool, Managed};
use seawall_core::pool::{Manage, Order, PoolOptions};
use seawall_core::{InvalidOption, Name};

mod adapter;
mod library;
mod runtime;

pub use self::adapter::Adapter;
pub use self::library::Bb8;
pub use bb8;

/// A pool of bb8 whose resources a [`Manage`] connects.
pub type Pool<M> = LibraryPool<Bb8<Adapter<M>, Inside<M>>>;

/// A pool of bb8 that was there already.
pub type Existing<M> = LibraryPool<Bb8<M>>;

/// The options that bb8 does not have.
pub const LACKS: Lacks = Lacks::new("bb8", &[]);

/// Creates the pool `name` for the resources of `manager`. bb8 builds it at its first checkout, or
/// when its background work begins, because it needs a Tokio runtime.
///
/// # Errors
/// If an option is invalid or unknown to bb8: it has no `max_overflow`.
pub fn start<M: Manage>(
    name: impl Into<Name>,
    manager: M,
    options: &PoolOptions,
) -> Result<Pool<M>, InvalidOption> {
    LibraryPool::start(name, options, &LACKS, |options| {
        let max_size = options.max_size.get();
        let builder = Builder::new()
            .max_size(max_size)
            .min_idle(Some(options.min_idle).filter(|idle| *idle > 0))
            .max_lifetime(options.max_lifetime)
            .idle_timeout(options.max_idle_time)
            // A failed connect is reported to its callers; only idle ones are tried again.
            .retry_connection(options.min_idle > 0)
            // Later than the pool's own limit, which reports the stage that was too slow.
            .connection_timeout(options.checkout_timeout + options.connect_timeout)
            .queue_strategy(match options.order {
                Order::Lifo => QueueStrategy::Lifo,
                Order::Fifo => QueueStrategy::Fifo,
            });
        let managed = Managed::new(manager, options);
        let plan = (builder, Adapter::new(managed.clone()));
        Bb8::later(max_size, plan, Inside::new(managed))
    })
}

/// Puts a pool that exists under Seawall, as `name`. It keeps its manager, customizer, sizes,
/// timeouts and its other users.
pub fn from_pool<M>(name: impl Into<Name>, pool: ::bb8::Pool<M>) -> Existing<M>
where
    M: ManageConnection<Error: std::error::Error + Sync>,
{
    LibraryPool::new(name, Bb8::existing(pool), PoolOptions::new())
}
