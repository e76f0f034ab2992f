use std::fmt;
use std::num::NonZeroU32;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use seawall_core::pool::{Drained, Lend, Lent, Manage, Order, PoolOptions, PoolStatus};
use seawall_core::{Component, Driver, Dynamic, Error, Layer, Name, Refusal};

use crate::age::Ages;
use crate::bell::Bell;
use crate::chance::Chance;
use crate::gate::{Gate, Leave};
use crate::guard::Guard;
use crate::ledger::Ledger;
use crate::parcel::Parcel;
use crate::rack::{Rack, Slots};
use crate::shared::Shared;
use crate::stash::Stash;
use crate::trouble::Trouble;

/// Pools the resources of the manager `M`, stored on the rack `K`. Clones are cheap and share one
/// pool.
///
/// See the [crate's page](crate) for how pools work, and a backend's page for an example.
pub struct Pool<M: Manage, K: Rack<Resource = M::Resource>> {
    pub(crate) shared: Arc<Shared<M, K>>,
    pub(crate) driver: Driver,
}

impl<M: Manage, K: Rack<Resource = M::Resource>> Pool<M, K> {
    /// Creates the pool `name` for the resources of `manager`. It connects to nothing, so this
    /// works while the server is down. The pool is degraded until a connect has succeeded, in a
    /// checkout or in [`maintain`](Self::maintain).
    pub fn new(name: impl Into<Name>, manager: M, options: PoolOptions) -> Self {
        Self::with_rack(name, manager, options, K::new)
    }

    /// Creates the pool on the rack that `make` returns; it is called as [`Rack::new`] would be.
    pub fn with_rack(
        name: impl Into<Name>,
        manager: M,
        options: PoolOptions,
        make: impl FnOnce(u32, Order, Slots) -> K,
    ) -> Self {
        let ledger = Arc::new(Ledger::new(&options));
        let gate = Gate::new(options.places(), options.max_waiting, Parcel::<K>::keep);
        let exit: Arc<dyn Leave> = Arc::clone(&gate) as _;
        ledger.lead_out(Arc::downgrade(&exit));
        let rack = make(options.places(), options.order, Slots::new(Arc::clone(&ledger)));
        let shared = Shared {
            layer: Layer::new(Component::ConnectionPool, name),
            ages: Ages::new(&options),
            manager,
            gate,
            rack,
            stash: Stash::new(),
            ledger,
            trouble: Trouble::not_connected_yet(),
            chance: Chance::random(),
            bell: Arc::new(Bell::default()),
            draining: AtomicU32::new(0),
            capacity: Mutex::new(options.places()),
            options,
        };
        Self { shared: Arc::new(shared), driver: Driver::new() }
    }

    /// Runs the pool's calls through `driver`, with its clock and observers. Earlier clones keep
    /// theirs.
    #[must_use]
    pub fn with_driver(mut self, driver: Driver) -> Self {
        self.driver = driver;
        self
    }

    /// Takes random numbers from `draw`, which must be uniformly distributed over all `u64`.
    /// Applies to all clones. They determine how much jitter shortens a lifetime, an idle time or a
    /// backoff.
    #[must_use]
    pub fn with_chance(self, draw: impl FnMut() -> u64 + Send + 'static) -> Self {
        self.shared.chance.replace(draw);
        self
    }

    /// Starts to describe one use of the pool: its deadline, its kind, how it is run.
    pub fn lend(&self) -> Lend<'_, Self> {
        self.driver.lend(self)
    }

    /// Runs `op` with a borrowed resource. `timeout` covers waiting, connecting, checking and `op`
    /// together.
    ///
    /// The resource is closed if `op` was cut, dropped or panicked; otherwise it is returned.
    ///
    /// # Errors
    /// [`Error::Refused`] if no resource was available in time; [`Error::TimedOut`] if `op` was
    /// cut; [`Error::Failed`] with the error of `op`.
    ///
    /// # Panics
    /// If `op` or the manager panics.
    pub async fn with<T, E>(
        &self,
        op: impl AsyncFnOnce(&mut M::Resource) -> Result<T, E>,
        timeout: Duration,
    ) -> Result<T, Error<E>> {
        self.lend().deadline(timeout).with(op).await
    }

    /// Runs `op` with a borrowed resource on the current thread, and blocks it while none is
    /// available.
    ///
    /// A thread cannot be interrupted: if `timeout` passes while `op` runs, the resource is closed
    /// but the caller still gets the result. A manager that needs a runtime needs one here as well.
    ///
    /// # Errors
    /// [`Error::Refused`] if no resource was available in time; [`Error::Failed`] with the error of
    /// `op`.
    ///
    /// # Panics
    /// If `op` or the manager panics.
    pub fn with_blocking<T, E>(
        &self,
        op: impl FnOnce(&mut M::Resource) -> Result<T, E>,
        timeout: Duration,
    ) -> Result<T, Error<E>> {
        self.lend().deadline(timeout).with_blocking(op)
    }

    /// Borrows a resource until the guard is dropped, for work that does not fit into one closure.
    ///
    /// # Errors
    /// If no resource was available in time.
    ///
    /// # Panics
    /// If the manager panics.
    pub fn checkout(&self) -> impl Future<Output = Result<Lent<'_, Self>, Refusal>> + Send {
        self.lend().checkout()
    }

    /// Borrows a resource without waiting for a permit: if none is free, it is refused at once.
    /// Connecting, checking and resetting still take their time.
    ///
    /// # Errors
    /// [`PoolFull`](seawall_core::RefusalKind::PoolFull), or any refusal of `checkout`.
    ///
    /// # Panics
    /// If the manager panics.
    pub fn try_checkout(&self) -> impl Future<Output = Result<Lent<'_, Self>, Refusal>> + Send {
        self.lend().without_waiting().checkout()
    }

    /// Returns the current status of the pool.
    #[must_use]
    pub fn status(&self) -> PoolStatus {
        self.shared.status()
    }

    /// Returns the error of the last connect, if none has succeeded since.
    #[must_use]
    pub fn last_connect_error(&self) -> Option<Arc<M::Error>> {
        self.shared.trouble.connect_error()
    }

    /// Returns the error of the last failed check or reset. Callers never see these.
    #[must_use]
    pub fn last_check_error(&self) -> Option<Arc<M::Error>> {
        self.shared.trouble.check_error()
    }

    /// Changes the maximum number of resources, without overflow, for all clones. Surplus idle
    /// resources are closed now, lent ones when they are returned. No checkout is admitted that the
    /// new size would not admit.
    pub fn resize(&self, max_size: NonZeroU32) {
        self.shared.resize(max_size.get());
    }

    /// Closes the pool permanently, for all clones. Running and new checkouts are refused at once;
    /// idle resources are closed now, lent ones when they are returned.
    pub fn close(&self) {
        self.shared.close();
    }

    /// Closes the pool, waits until all lent resources have been returned, and closes them with
    /// [`Manage::close`]. All of this takes at most `patience`. If the future is dropped earlier,
    /// the pool is closed as by [`close`](Self::close).
    pub async fn drain(&self, patience: Duration) -> Drained {
        self.shared.drain(self.driver.clock(), patience).await
    }

    /// Returns the pool's background work, as a future for the application to run. It connects
    /// while the pool is degraded, with backoff, keeps `min_idle` resources idle, and closes
    /// resources that are too old. It ends when the pool is closed or its last handle is dropped.
    /// Dropping it loses nothing.
    ///
    /// It emits [`ComponentDegraded`](seawall_core::Topic::ComponentDegraded), with the error, when
    /// the pool can no longer connect, and
    /// [`ComponentRecovered`](seawall_core::Topic::ComponentRecovered) when it can again.
    pub fn maintain(&self) -> impl Future<Output = ()> + Send + 'static {
        crate::maintain::maintain(&self.shared, self.driver.clone(), Guard::NONE)
    }

    /// Returns the same background work, with each connect as a call through `protection`, such as
    /// the circuit breaker in front of the pool. So the breaker counts connects that fail while no
    /// caller is waiting, and while its circuit is open nothing connects. After a refusal, the work
    /// waits for as long as the refusal says.
    ///
    /// Only background connects go through `protection`. A connect for a checkout is part of a call
    /// that was already admitted, by [`Guarded::with`](seawall_core::Guarded::with)
    /// or [`run_nested`](seawall_core::Guarded::run_nested), and its failure counts there.
    pub fn maintain_under(&self, protection: Dynamic) -> impl Future<Output = ()> + Send + 'static {
        let guard = Guard::new(self.driver.clone(), protection);
        crate::maintain::maintain(&self.shared, self.driver.clone(), guard)
    }
}

impl<M: Manage, K: Rack<Resource = M::Resource>> Clone for Pool<M, K> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), driver: self.driver.clone() }
    }
}

impl<M: Manage, K: Rack<Resource = M::Resource> + fmt::Debug> fmt::Debug for Pool<M, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("name", self.shared.layer.name())
            .field("status", &self.status())
            .field("rack", &self.shared.rack)
            .finish_non_exhaustive()
    }
}
