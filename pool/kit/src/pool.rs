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

/// A pool of what `M` makes, kept on the rack `K`. Cheap to clone; its clones are the same pool.
///
/// See the [crate's page](crate) for how it is made, and a backend's for an example.
pub struct Pool<M: Manage, K: Rack<Resource = M::Resource>> {
    pub(crate) shared: Arc<Shared<M, K>>,
    pub(crate) driver: Driver,
}

impl<M: Manage, K: Rack<Resource = M::Resource>> Pool<M, K> {
    /// The pool called `name` of what `manager` makes. Connects to nothing, so it can be made while
    /// what it connects to is down; it is degraded until something has connected: a checkout, or
    /// [`maintain`](Self::maintain).
    pub fn new(name: impl Into<Name>, manager: M, options: PoolOptions) -> Self {
        Self::with_rack(name, manager, options, K::new)
    }

    /// The same, on the rack that `make` gives: it is asked as [`Rack::new`] would be.
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

    /// The same pool, led by `driver`: its clock, its observers. Clones made before keep theirs.
    #[must_use]
    pub fn with_driver(mut self, driver: Driver) -> Self {
        self.driver = driver;
        self
    }

    /// The same pool, with chance that `draw` draws: numbers spread evenly over all there are. For
    /// all clones. Decides how much jitter takes off a lifetime, an idle time or a backoff.
    #[must_use]
    pub fn with_chance(self, draw: impl FnMut() -> u64 + Send + 'static) -> Self {
        self.shared.chance.replace(draw);
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
    pub fn checkout(&self) -> impl Future<Output = Result<Lent<'_, Self>, Refusal>> + Send {
        self.lend().checkout()
    }

    /// The same without waiting for a place: if none is free, the pool is full at once. Connecting,
    /// checking and resetting still take their time.
    ///
    /// # Errors
    /// [`PoolFull`](seawall_core::RefusalKind::PoolFull), or any other that `checkout` has.
    ///
    /// # Panics
    /// If the manager does.
    pub fn try_checkout(&self) -> impl Future<Output = Result<Lent<'_, Self>, Refusal>> + Send {
        self.lend().without_waiting().checkout()
    }

    /// How the pool is now.
    #[must_use]
    pub fn status(&self) -> PoolStatus {
        self.shared.status()
    }

    /// The last error that connecting ended with, if it has not worked since.
    #[must_use]
    pub fn last_connect_error(&self) -> Option<Arc<M::Error>> {
        self.shared.trouble.connect_error()
    }

    /// The last error that a check or a reset ended with, which its caller never sees.
    #[must_use]
    pub fn last_check_error(&self) -> Option<Arc<M::Error>> {
        self.shared.trouble.check_error()
    }

    /// Changes how many resources the pool may have, overflow aside, for all its clones. Idle ones
    /// that are too many are closed now, lent ones as they come back. However often and while
    /// whatever is lent: nobody gets in who would not at that size.
    pub fn resize(&self, max_size: NonZeroU32) {
        self.shared.resize(max_size.get());
    }

    /// Closes the pool, for all its clones and for good. Checkouts under way and new ones are
    /// refused at once; idle resources are closed now, lent ones when they come back.
    pub fn close(&self) {
        self.shared.close();
    }

    /// Closes the pool, waits until all that is lent has come back, and closes that by
    /// [`Manage::close`]; all this takes `patience` at most. Dropped before, the pool is closed as
    /// by [`close`](Self::close).
    pub async fn drain(&self, patience: Duration) -> Drained {
        self.shared.drain(self.driver.clock(), patience).await
    }

    /// The pool's background work, as a future for someone to run: it connects while the pool is
    /// degraded, with backoff, keeps `min_idle`, and closes what is too old. It ends when the pool
    /// is closed or its last handle is dropped, and loses nothing when it is dropped.
    ///
    /// The driver's observers hear from it when the pool cannot connect any more, with the error, and
    /// when it can again: [`ComponentDegraded`](seawall_core::Topic::ComponentDegraded),
    /// [`ComponentRecovered`](seawall_core::Topic::ComponentRecovered).
    pub fn maintain(&self) -> impl Future<Output = ()> + Send + 'static {
        crate::maintain::maintain(&self.shared, self.driver.clone(), Guard::NONE)
    }

    /// The same background work, each connect of which is a call through `protection`: the circuit
    /// breaker in front of the pool, above all. So it hears of connects that fail although nobody is
    /// waiting, and while its circuit is open nothing is connected: where it refuses, the work waits
    /// for as long as the refusal says.
    ///
    /// Only these connects ask it. One that a checkout makes is part of a call that has asked
    /// already, by [`Guarded::transaction`](seawall_core::Guarded::transaction) or
    /// [`run_nested`](seawall_core::Guarded::run_nested), and whose failure counts there.
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
