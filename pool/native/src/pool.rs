use std::future::Future;
use std::sync::Arc;

use seawall_core::pool::{CloseReason, Manage, PoolOptions};
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

/// Methods that borrow from the pool and control it.
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

    /// Returns the background work of [`maintain`](Self::maintain), with each connect that it begins as a call through
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
