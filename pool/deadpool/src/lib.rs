#![doc = include_str!("../README.md")]

use ::deadpool::managed::{Manager, Object, QueueMode};
use seawall_core::pool::library::{Inside, Itself, Lacks, LibraryPool, Managed};
use seawall_core::pool::{Manage, Order, PoolOptions};
use seawall_core::{InvalidOption, Name};

mod adapter;
mod get;
mod library;
mod runtime;

pub use self::adapter::Adapter;
pub use self::library::Deadpool;
pub use deadpool;

/// A pool of deadpool whose resources a [`Manage`] connects.
pub type Pool<M> = LibraryPool<Deadpool<Adapter<M>, Inside<M>>>;

/// A pool of deadpool that was there already.
pub type Existing<M> = LibraryPool<Deadpool<M>>;

/// The options that deadpool does not have.
pub const LACKS: Lacks = Lacks::new("deadpool", &["min_idle"]);

/// Creates the pool `name` for the resources of `manager`. It connects to nothing.
///
/// # Errors
/// If an option is invalid or unknown to deadpool: it has no `max_overflow` and no `min_idle`.
#[expect(clippy::missing_panics_doc, reason = "deadpool refuses only timeouts without a runtime")]
pub fn start<M: Manage>(
    name: impl Into<Name>,
    manager: M,
    options: &PoolOptions,
) -> Result<Pool<M>, InvalidOption> {
    LibraryPool::start(name, options, &LACKS, |options| {
        let (max_size, order) = (options.max_size.get() as usize, options.order);
        let managed = Managed::new(manager, options);
        let pool = ::deadpool::managed::Pool::builder(Adapter::new(managed.clone()))
            .max_size(max_size)
            .queue_mode(match order {
                Order::Lifo => QueueMode::Lifo,
                Order::Fifo => QueueMode::Fifo,
            })
            .build()
            .expect("only timeouts need a runtime, and none is set");
        Deadpool::new(pool, Inside::new(managed))
    })
}

/// Puts a pool that exists under Seawall, as `name`. It keeps its manager, hooks, sizes, timeouts and
/// its other users.
#[expect(clippy::missing_panics_doc, reason = "a pool that is borrowed exists")]
pub fn from_pool<M, W>(name: impl Into<Name>, pool: &::deadpool::managed::Pool<M, W>) -> Existing<M>
where
    M: Manager<Type: 'static, Error: std::error::Error + Sync + 'static> + 'static,
    W: From<Object<M>>,
{
    let pool = pool.weak().upgrade().expect("the pool is borrowed, so it exists");
    LibraryPool::new(name, Deadpool::new(pool, Itself), PoolOptions::new())
}
