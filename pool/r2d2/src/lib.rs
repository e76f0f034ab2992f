#![doc = include_str!("../README.md")]

use ::r2d2::{Builder, ManageConnection};
use seawall_core::pool::library::{Inside, Itself, Lacks, LibraryPool, Managed};
use seawall_core::pool::{Manage, PoolOptions};
use seawall_core::{InvalidOption, Name};

mod adapter;
mod hop;
mod library;

pub use self::adapter::Adapter;
pub use self::library::R2d2;
pub use r2d2;

/// A pool of r2d2 whose resources a [`Manage`] connects.
pub type Pool<M> = LibraryPool<R2d2<Adapter<M>, Inside<M>>>;

/// A pool of r2d2 that was there already.
pub type Existing<M> = LibraryPool<R2d2<M>>;

/// The options that r2d2 does not have.
pub const LACKS: Lacks = Lacks::new("r2d2", &["order"]);

/// Creates the pool `name` for the resources of `manager`. It connects to nothing, unless `min_idle`
/// is set. A manager that needs a Tokio runtime runs in the one that this is called in, or that the
/// first checkout is made in.
///
/// # Errors
/// If an option is invalid or unknown to r2d2: it has no `max_overflow`, and its order is LIFO.
pub fn start<M: Manage>(
    name: impl Into<Name>,
    manager: M,
    options: &PoolOptions,
) -> Result<Pool<M>, InvalidOption> {
    LibraryPool::start(name, options, &LACKS, |options| {
        let builder = Builder::new()
            .max_size(options.max_size.get())
            .min_idle(Some(options.min_idle))
            .max_lifetime(options.max_lifetime)
            .idle_timeout(options.max_idle_time)
            // Later than the pool's own limit, which reports the stage that was too slow.
            .connection_timeout(options.checkout_timeout + options.connect_timeout)
            // A check may wait, so the caller does it, in its task or thread.
            .test_on_check_out(false)
            .error_handler(Box::new(::r2d2::NopErrorHandler));
        let managed = Managed::new(manager, options);
        let adapter = Adapter::new(managed.clone());
        let runtime = adapter.runtime();
        R2d2::new(builder.build_unchecked(adapter), runtime, Inside::new(managed))
    })
}

/// Puts a pool that exists under Seawall, as `name`. It keeps its manager, customizer, sizes,
/// timeouts and its other users.
pub fn from_pool<M>(name: impl Into<Name>, pool: ::r2d2::Pool<M>) -> Existing<M>
where
    M: ManageConnection,
{
    LibraryPool::new(name, R2d2::new(pool, Default::default(), Itself), PoolOptions::new())
}
