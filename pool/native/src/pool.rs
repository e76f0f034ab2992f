use std::future::Future;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::pool::{CloseReason, Drained, Manage, PoolOptions, PoolStatus};
use seawall_core::{Component, Driver, Dynamic, InvalidOption, Layer, Name};

use crate::connect_guard::ConnectGuard;
use crate::shared::Shared;

/// Pools the resources of the manager `M`. Clones are cheap and share one pool.
///
/// See the [crate's page](crate) for what a pool guarantees, and for an example.
pub struct Pool<M: Manage> {
    pub(crate) shared: Arc<Shared<M>>,
    pub(crate) driver: Driver,
}

/// Methods that borrow from the pool.
impl<M: Manage> Pool<M> {
    seawall_core::__pool_methods!();
}

impl<M: Manage> Pool<M> {
    /// Creates the pool `name` for the resources of `manager`. It connects to nothing, so this works
    /// while the server is down. The pool is degraded until a connect has succeeded, for a checkout or in
    /// [`maintain`](Self::maintain).
    ///
    /// # Errors
    /// If the options contradict each other: see [`PoolOptions::validate`].
    pub fn new(
        name: impl Into<Name>,
        manager: M,
        options: PoolOptions,
    ) -> Result<Self, InvalidOption> {
        let layer = Layer::new(Component::ConnectionPool, name);
        options.validate(&layer)?;
        Ok(Self { shared: Shared::new(layer, manager, options), driver: Driver::new() })
    }

    /// Runs the pool's calls through `driver`, with its clock and observers. Earlier clones keep theirs.
    #[must_use]
    pub fn with_driver(mut self, driver: Driver) -> Self {
        self.driver = driver;
        self
    }

    /// Returns the current status of the pool.
    #[must_use]
    pub fn status(&self) -> PoolStatus {
        self.shared.status()
    }

    /// Returns the current options.
    #[must_use]
    pub fn options(&self) -> PoolOptions {
        self.shared.options()
    }

    /// Returns the manager.
    #[must_use]
    pub fn manager(&self) -> &M {
        &self.shared.manager
    }

    /// Returns the error of the last connect, if none has succeeded since.
    #[must_use]
    pub fn last_connect_error(&self) -> Option<Arc<M::Error>> {
        self.shared.connect_error.get()
    }

    /// Returns the error of the last failed check or reset. Callers never see these.
    #[must_use]
    pub fn last_check_error(&self) -> Option<Arc<M::Error>> {
        self.shared.check_error.get()
    }

    /// Changes the maximum number of resources, without overflow, for all clones. Surplus idle resources
    /// are closed now, lent ones when they are returned. No checkout is admitted that the new size would
    /// not admit.
    pub fn resize(&self, max_size: NonZeroU32) {
        let options = self.shared.options().with_max_size(max_size);
        self.shared.set_options(options, self.driver.clock());
    }

    /// Changes all options of the running pool, for all clones: sizes at once, times from their next use.
    ///
    /// # Errors
    /// If the options contradict each other. Nothing has changed then.
    pub fn reconfigure(&self, options: PoolOptions) -> Result<(), InvalidOption> {
        options.validate(&self.shared.layer)?;
        self.shared.set_options(options, self.driver.clock());
        Ok(())
    }

    /// Closes the idle resources for which `keep` returns false. Lent ones are not touched.
    pub fn retain(&self, mut keep: impl FnMut(&M::Resource) -> bool) {
        self.shared.change(self.driver.clock(), |state, effects| {
            let which = |entry: &crate::entry::Entry<M>| {
                (!keep(&entry.resource)).then_some(CloseReason::Removed)
            };
            state.remove_idle(which, effects);
            effects.notify = true;
        });
    }

    /// Closes the pool permanently, for all clones. Running and new checkouts are refused at once; idle
    /// resources are closed now, lent ones when they are returned.
    pub fn close(&self) {
        self.shared.close(self.driver.clock());
    }

    /// Closes the pool, waits until all lent resources have been returned, and closes them with
    /// [`Manage::close`]. All of this takes at most `patience`. If the future is dropped earlier, the pool
    /// is closed as by [`close`](Self::close).
    pub async fn drain(&self, patience: Duration) -> Drained {
        self.shared.drain(self.driver.clock(), patience).await
    }

    /// Returns the pool's background work, as a future for the application to run. It connects while the
    /// pool is degraded, with backoff, keeps `min_idle` resources idle, closes resources that are too
    /// old, and continues connects, resets and cancellations that no caller waits for. It ends when the
    /// pool is closed or its last handle is dropped. Dropping it loses nothing, and it may run twice.
    ///
    /// Without it, callers do what they need themselves: they connect, and they continue what earlier
    /// callers began. `min_idle` is not kept, resources that are too old are closed only when they would
    /// be lent, and a connection that has to be reset or cancelled stays so until a caller needs it.
    ///
    /// It emits [`ComponentDegraded`](seawall_core::Topic::ComponentDegraded), with the error, when the
    /// pool can no longer connect, and [`ComponentRecovered`](seawall_core::Topic::ComponentRecovered)
    /// when it can again; and [`ResourceLeaked`](seawall_core::Topic::ResourceLeaked).
    pub fn maintain(&self) -> impl Future<Output = ()> + Send + 'static {
        let pool = Arc::downgrade(&self.shared);
        crate::maintain::maintain(pool, self.driver.clone(), ConnectGuard::NONE)
    }

    /// Returns the same background work, with each connect that it begins as a call through
    /// `protection`, such as the circuit breaker in front of the pool. So the breaker counts connects that
    /// fail while no caller is waiting, and while its circuit is open nothing connects. After a refusal,
    /// the work waits for as long as the refusal says.
    ///
    /// Only background connects go through `protection`. A connect for a checkout is part of a call that
    /// was already admitted, and its failure counts there.
    pub fn maintain_under(&self, protection: Dynamic) -> impl Future<Output = ()> + Send + 'static {
        let guard = ConnectGuard::new(self.driver.clone(), protection);
        crate::maintain::maintain(Arc::downgrade(&self.shared), self.driver.clone(), guard)
    }
}

impl<M: Manage> Clone for Pool<M> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), driver: self.driver.clone() }
    }
}

seawall_core::__debug! {
    impl[M: Manage] Pool<M>: self { name: self.shared.layer.name(), status: self.status() }
}
