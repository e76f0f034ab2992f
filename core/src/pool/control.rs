use std::future::Future;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use super::{Drained, Pool, PoolOptions, PoolStatus};
use crate::{Driver, InvalidOption};

/// Controls a pool of any backend.
pub trait PoolControl: Pool {
    /// Returns the current status.
    fn pool_status(&self) -> PoolStatus;

    /// Changes the maximum number of resources, without overflow. Surplus idle resources are closed
    /// now, lent ones when they are returned; there are never more than the larger of both sizes.
    ///
    /// # Errors
    /// If the backend cannot change the size of a running pool, as by default.
    fn resize(&self, max_size: NonZeroU32) -> Result<(), InvalidOption> {
        let _ = max_size;
        Err(InvalidOption::new(self.layer(), "max_size", "cannot be changed while the pool runs"))
    }

    /// Changes all options of the running pool to `options`: sizes at once, times from their next use.
    ///
    /// # Errors
    /// If the options contradict each other, or if the backend cannot change one of them in a running
    /// pool, as by default. Nothing has changed then.
    fn reconfigure(&self, options: &PoolOptions) -> Result<(), InvalidOption> {
        let _ = options;
        Err(InvalidOption::new(self.layer(), "backend", "cannot change a running pool"))
    }

    /// Returns this pool with its calls and events led by `driver`, as far as the type can be told.
    #[must_use]
    fn driven_by(self, driver: &Driver) -> Self
    where
        Self: Sized,
    {
        let _ = driver;
        self
    }

    /// Closes the pool permanently, for all its handles. Running and new checkouts are refused at
    /// once; idle resources are closed now, lent ones when they are returned.
    fn close(&self);

    /// Closes the pool, waits until all lent resources have been returned, and closes them with the
    /// manager. All of this takes at most `patience`. If the future is dropped, the pool is closed
    /// anyway.
    fn drain(&self, patience: Duration) -> impl Future<Output = Drained> + Send;

    /// Returns the background work, as a future for the application to run. It connects while the
    /// pool is degraded, keeps `min_idle` resources idle, and closes those that are too old. It
    /// ends when the pool is closed or its last handle is dropped. It needs no runtime, and
    /// dropping it loses nothing.
    ///
    /// It emits [`ComponentDegraded`](crate::Topic::ComponentDegraded), with the error, when the pool can no
    /// longer connect, and [`ComponentRecovered`](crate::Topic::ComponentRecovered) when it can again; and
    /// [`ResourceLeaked`](crate::Topic::ResourceLeaked).
    fn maintain(&self) -> impl Future<Output = ()> + Send + 'static;
}

#[deny(clippy::missing_trait_methods, reason = "a default must not hide what the pool does")]
impl<P: PoolControl + ?Sized> PoolControl for Arc<P> {
    fn pool_status(&self) -> PoolStatus {
        (**self).pool_status()
    }

    fn resize(&self, max_size: NonZeroU32) -> Result<(), InvalidOption> {
        (**self).resize(max_size)
    }

    fn reconfigure(&self, options: &PoolOptions) -> Result<(), InvalidOption> {
        (**self).reconfigure(options)
    }

    fn driven_by(self, _: &Driver) -> Self
    where
        Self: Sized,
    {
        // Its other owners go on with their own.
        self
    }

    fn close(&self) {
        (**self).close();
    }

    fn drain(&self, patience: Duration) -> impl Future<Output = Drained> + Send {
        (**self).drain(patience)
    }

    fn maintain(&self) -> impl Future<Output = ()> + Send + 'static {
        (**self).maintain()
    }
}
