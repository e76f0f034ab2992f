use std::future::Future;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use super::shared::Shared;
use super::{Lacks, Library, LibraryDetach, background};
use crate::pool::{Detach, Drained, Pool, PoolControl, PoolOptions, PoolStatus, Terms, TransactBy};
use crate::{Component, Driver, Exit, InvalidOption, Layer, Name, Refusal, Status, Tick};

/// The pool of a library, with what can be added from outside. Clones are cheap and share the pool.
pub struct LibraryPool<L: Library> {
    shared: Arc<Shared<L>>,
    driver: Driver,
}

impl<L: Library> LibraryPool<L> {
    /// Creates the pool `name` over what `make` returns, if its library keeps to all `options`.
    ///
    /// # Errors
    /// The first option that is invalid, or that the library does not have.
    pub fn start(
        name: impl Into<Name>,
        options: &PoolOptions,
        lacks: &Lacks,
        make: impl FnOnce(PoolOptions) -> L,
    ) -> Result<Self, InvalidOption> {
        let layer = Layer::new(Component::ConnectionPool, name);
        match lacks.problems(&layer, options).into_iter().next() {
            Some(problem) => Err(problem),
            None => Ok(Self::new(layer.name().clone(), make(options.clone()), options.clone())),
        }
    }

    /// Lends from `library` under `name`. Of the options, `checkout_timeout` and `max_waiting` are
    /// kept here; the library has to keep the others.
    pub fn new(name: impl Into<Name>, library: L, options: PoolOptions) -> Self {
        Self { shared: Arc::new(Shared::new(name.into(), library, options)), driver: Driver::new() }
    }

    /// Runs the pool's calls through `driver`, with its clock and observers. Earlier clones keep
    /// theirs.
    #[must_use]
    pub fn with_driver(mut self, driver: Driver) -> Self {
        if let Some(keeper) = self.shared.library.keeper() {
            keeper.settle(driver.clock());
        }
        self.driver = driver;
        self
    }

    /// Sets the maximum time of a checkout. Default: 5 s.
    #[must_use]
    pub fn with_checkout_timeout(self, timeout: Duration) -> Self {
        self.shared.set(|options| options.checkout_timeout = timeout);
        self
    }

    /// Sets the maximum number of checkouts that wait. Default: unlimited.
    #[must_use]
    pub fn with_max_waiting(self, max_waiting: u32) -> Self {
        self.shared.set(|options| options.max_waiting = Some(max_waiting));
        self
    }

    /// Returns the library's side.
    #[must_use]
    pub fn library(&self) -> &L {
        &self.shared.library
    }
}

/// Methods that borrow from the pool and control it.
impl<L: Library> LibraryPool<L> {
    crate::__pool_methods!();
}

impl<L: Library> Pool for LibraryPool<L> {
    type Resource = L::Resource;
    type Item = L::Item;

    #[inline]
    fn layer(&self) -> &Layer {
        &self.shared.layer
    }

    #[inline]
    fn checkout_timeout(&self) -> Duration {
        self.shared.checkout_timeout.get()
    }

    #[inline]
    fn checkout(&self, terms: Terms<'_>) -> impl Future<Output = Result<L::Item, Refusal>> + Send {
        self.shared.checkout(&self.driver, terms)
    }

    fn checkout_blocking(&self, terms: Terms<'_>) -> Result<L::Item, Refusal> {
        self.shared.checkout_blocking(&self.driver, terms)
    }

    #[inline]
    fn checkin(&self, item: L::Item, exit: &Exit<'_>) {
        self.checkin_from(&mut Some(item), exit);
    }

    #[inline]
    fn checkin_from(&self, place: &mut Option<L::Item>, exit: &Exit<'_>) {
        self.shared.checkin(place, exit, self.driver.clock());
    }

    fn status(&self, _now: Tick) -> Status {
        self.shared.status().to_status(&self.shared.layer)
    }
}

impl<L: Library> PoolControl for LibraryPool<L> {
    fn pool_status(&self) -> PoolStatus {
        self.shared.status()
    }

    fn resize(&self, max_size: NonZeroU32) -> Result<(), InvalidOption> {
        let options = self.shared.current_options().with_max_size(max_size);
        self.shared.reconfigure(&options)
    }

    fn reconfigure(&self, options: &PoolOptions) -> Result<(), InvalidOption> {
        self.shared.reconfigure(options)
    }

    fn driven_by(self, driver: &Driver) -> Self {
        self.with_driver(driver.clone())
    }

    fn close(&self) {
        self.shared.close();
    }

    async fn drain(&self, patience: Duration) -> Drained {
        background::drain(&self.shared, self.driver.clock(), patience).await
    }

    fn maintain(&self) -> impl Future<Output = ()> + Send + 'static {
        background::maintain(Arc::downgrade(&self.shared), &self.shared.stats, self.driver.clone())
    }
}

impl<L: LibraryDetach> Detach for LibraryPool<L> {
    fn detach(&self, item: L::Item) -> L::Resource {
        self.shared.library.detach(item)
    }
}

impl<L: Library> TransactBy for LibraryPool<L> {
    type Sql = L::Sql;

    fn sql(&self) -> &L::Sql {
        self.shared.library.sql()
    }
}

impl<L: Library> Clone for LibraryPool<L> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), driver: self.driver.clone() }
    }
}

crate::__debug! {
    impl[L: Library] LibraryPool<L>: self { name: self.shared.layer.name(), status: self.status() }
}
