use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{self, QueueMode};
use seawall_core::pool::{Lend, Lent, Manage, Order, PoolOptions, PoolState, PoolStatus};
use seawall_core::{Component, Driver, Error, Layer, Name, Refusal};
use tokio::sync::Semaphore;

use crate::adapter::Adapter;
use crate::books::Books;
use crate::trouble::Trouble;

/// A pool of what `M` makes. Cheap to clone; its clones are the same pool.
///
/// See the [crate's page](crate) for what it does and an example.
pub struct Pool<M: Manage> {
    pub(crate) shared: Arc<Shared<M>>,
    driver: Driver,
}

pub(crate) struct Shared<M: Manage> {
    pub(crate) layer: Layer,
    pub(crate) options: PoolOptions,
    pub(crate) objects: managed::Pool<Adapter<M>>,
    /// Has no permits, ever: whoever waits for one hears when it is closed.
    pub(crate) closing: Semaphore,
}

impl<M: Manage> Pool<M> {
    /// The pool called `name` of what `manager` makes. Connects to nothing until something is
    /// checked out, so it can be made while what it connects to is down.
    pub fn new(name: impl Into<Name>, manager: M, options: PoolOptions) -> Self {
        let adapter =
            Adapter { manager, books: Arc::new(Books::default()), trouble: Trouble::none() };
        let shared = Shared {
            layer: Layer::new(Component::ConnectionPool, name),
            objects: objects(adapter, options.max_size, options.order),
            options,
            closing: Semaphore::new(0),
        };
        Self { shared: Arc::new(shared), driver: Driver::new() }
    }

    /// The same pool, led by `driver`: its clock, its observers. Clones made before keep theirs.
    #[must_use]
    pub fn with_driver(mut self, driver: Driver) -> Self {
        self.driver = driver;
        self
    }

    /// A use of the pool, to be described further and then made.
    pub fn lend(&self) -> Lend<'_, Self> {
        self.driver.lend(self)
    }

    /// Runs `op` on a resource. Waiting for one, connecting, checking and `op` itself have `timeout`
    /// together.
    ///
    /// A resource whose operation was cut, dropped or panicked is closed; any other goes back.
    ///
    /// # Errors
    /// [`Error::Refused`] if no resource was to be had; [`Error::TimedOut`] if `op` was cut;
    /// [`Error::Failed`] with `op`'s own error.
    ///
    /// # Panics
    /// If `op` or the manager does.
    pub async fn transaction<T, E>(
        &self,
        op: impl AsyncFnOnce(&mut M::Resource) -> Result<T, E>,
        timeout: Duration,
    ) -> Result<T, Error<E>> {
        self.lend().deadline(timeout).transaction(op).await
    }

    /// Runs `op` on a resource, on this thread, blocking it while there is none.
    ///
    /// A thread cannot be cut: when `timeout` passes while `op` runs, the resource is closed and the
    /// caller gets the result all the same. A manager that needs a runtime needs one here as well.
    ///
    /// # Errors
    /// [`Error::Refused`] if no resource was to be had; [`Error::Failed`] with `op`'s own error.
    ///
    /// # Panics
    /// If `op` or the manager does.
    pub fn transaction_blocking<T, E>(
        &self,
        op: impl FnOnce(&mut M::Resource) -> Result<T, E>,
        timeout: Duration,
    ) -> Result<T, Error<E>> {
        self.lend().deadline(timeout).transaction_blocking(op)
    }

    /// Lends a resource until the guard is dropped, for work that does not fit into one closure.
    ///
    /// # Errors
    /// If none was to be had in time.
    ///
    /// # Panics
    /// If the manager does.
    pub async fn checkout(&self) -> Result<Lent<'_, Self>, Refusal> {
        self.lend().checkout().await
    }

    /// How the pool is now.
    #[must_use]
    pub fn status(&self) -> PoolStatus {
        let mut status = PoolStatus::new(self.shared.options.max_size.get());
        let Adapter { books, trouble, .. } = self.shared.adapter();
        books.read(&mut status);
        status.failed_connects = trouble.failed_connects();
        status.state = match () {
            () if self.shared.closing.is_closed() => PoolState::Closed,
            () if trouble.is_down() => PoolState::Degraded,
            () => PoolState::Ready,
        };
        status
    }

    /// The last error that connecting ended with, if it has not worked since.
    #[must_use]
    pub fn last_connect_error(&self) -> Option<Arc<M::Error>> {
        self.shared.adapter().trouble.connect_error()
    }

    /// The last error that a check or a reset ended with, which its caller never sees.
    #[must_use]
    pub fn last_check_error(&self) -> Option<Arc<M::Error>> {
        self.shared.adapter().trouble.check_error()
    }

    /// Closes the pool, for all its clones and for good. Checkouts under way and new ones are
    /// refused at once; idle resources are closed now, lent ones when they come back.
    pub fn close(&self) {
        let Shared { objects, closing, .. } = &*self.shared;
        closing.close();
        // Taken out first, because deadpool would drop them under its lock, where one that is slow to
        // close would keep everyone waiting, and one that uses the pool for ever.
        drop(objects.retain(|_, _| false));
        objects.close();
        // Those that a waiter was just being given when he was sent away.
        drop(objects.retain(|_, _| false));
    }
}

impl<M: Manage> Shared<M> {
    pub(crate) fn adapter(&self) -> &Adapter<M> {
        self.objects.manager()
    }
}

/// The deadpool. It is given no timeouts, so it needs no runtime; see
/// [`Shared::checkout`] for what keeps the time.
fn objects<M: Manage>(
    adapter: Adapter<M>,
    max_size: NonZeroU32,
    order: Order,
) -> managed::Pool<Adapter<M>> {
    let order = match order {
        Order::Lifo => QueueMode::Lifo,
        Order::Fifo => QueueMode::Fifo,
    };
    let max_size = usize::try_from(max_size.get()).unwrap_or(usize::MAX);
    let builder = managed::Pool::builder(adapter).max_size(max_size).queue_mode(order);
    builder.build().expect("a pool without timeouts needs no runtime")
}

impl<M: Manage> Clone for Pool<M> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), driver: self.driver.clone() }
    }
}

impl<M: Manage> fmt::Debug for Pool<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("name", self.shared.layer.name())
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}
