use std::fmt;
use std::future::{Future, poll_fn};
use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Poll;
use std::time::Duration;

use super::wait::Wait;
use super::{Library, LibraryStats, NotLent, SharedError, background, stage};
use crate::pool::{Detach, Drained, Lend, Pool, PoolControl, PoolOptions, PoolStatus, Terms};
use crate::pool::{Stage, TooSlow, Transact, TransactionOptions};
use crate::{
    Clock, Component, Deadline, Detail, Driver, Exit, InvalidOption, Layer, Name, Refusal,
    RefusalKind, Status, Tick, Topic,
};

/// The pool of a library, with what can be added from outside. Clones are cheap and share the pool.
pub struct LibraryPool<L: Library> {
    shared: Arc<Shared<L>>,
    driver: Driver,
}

pub(super) struct Shared<L: Library> {
    pub(super) library: L,
    pub(super) stats: Arc<LibraryStats>,
    /// True if a [`Managed`](super::Managed) counts the connects.
    is_managed: bool,
    pub(super) layer: Layer,
    /// The options in force.
    options: Mutex<PoolOptions>,
    checkout_timeout_ns: AtomicU64,
    max_waiting: AtomicU32,
    is_reported_degraded: AtomicBool,
}

impl<L: Library> LibraryPool<L> {
    /// Creates the pool `name` over what `make` returns, if `options` are valid and `library` has
    /// all of them: those in `lacks` have to be left at their defaults. No library has an overflow,
    /// a report of leaks or one of slow checkouts.
    ///
    /// # Errors
    /// The first option that is invalid, or that the library does not have.
    pub fn start(
        name: impl Into<Name>,
        options: &PoolOptions,
        library: &str,
        lacks: &[&'static str],
        make: impl FnOnce(PoolOptions) -> L,
    ) -> Result<Self, InvalidOption> {
        let layer = Layer::new(Component::ConnectionPool, name);
        options.validate(&layer)?;
        let defaults = PoolOptions::new();
        let given = [
            ("max_overflow", options.max_overflow != defaults.max_overflow),
            ("min_idle", options.min_idle != defaults.min_idle && lacks.contains(&"min_idle")),
            ("order", options.order != defaults.order && lacks.contains(&"order")),
            ("leak_after", options.leak_after.is_some()),
            ("slow_checkout_after", options.slow_checkout_after.is_some()),
        ];
        if let Some((option, _)) = given.into_iter().find(|(_, is_given)| *is_given) {
            let problem =
                format!("is not supported by {library}; the backend `native` supports it");
            return Err(InvalidOption::new(&layer, option, problem));
        }
        Ok(Self::new(layer.name().clone(), make(options.clone()), options.clone()))
    }

    /// Lends from `library` under `name`. Of the options, `checkout_timeout` and `max_waiting` are
    /// kept here; the library has to keep the others.
    pub fn new(name: impl Into<Name>, library: L, options: PoolOptions) -> Self {
        let keeper = library.keeper();
        let shared = Shared {
            is_managed: keeper.is_some(),
            stats: keeper.map(|keeper| Arc::clone(keeper.stats())).unwrap_or_default(),
            layer: Layer::new(Component::ConnectionPool, name),
            checkout_timeout_ns: AtomicU64::new(nanos(options.checkout_timeout)),
            max_waiting: AtomicU32::new(options.max_waiting.unwrap_or(u32::MAX)),
            options: Mutex::new(options),
            is_reported_degraded: AtomicBool::new(false),
            library,
        };
        Self { shared: Arc::new(shared), driver: Driver::new() }
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
        self.shared.options().checkout_timeout = timeout;
        self.shared.checkout_timeout_ns.store(nanos(timeout), Relaxed);
        self
    }

    /// Sets the maximum number of checkouts that wait. Default: unlimited.
    #[must_use]
    pub fn with_max_waiting(self, max_waiting: u32) -> Self {
        self.shared.options().max_waiting = Some(max_waiting);
        self.shared.max_waiting.store(max_waiting, Relaxed);
        self
    }

    /// Returns the library's side.
    #[must_use]
    pub fn library(&self) -> &L {
        &self.shared.library
    }

    /// Starts to describe one use of the pool: its deadline, its kind, how it is run.
    pub fn lend(&self) -> Lend<'_, Self> {
        self.driver.lend(self)
    }

    /// Returns the current status of the pool.
    #[must_use]
    pub fn status(&self) -> PoolStatus {
        self.shared.status()
    }
}

impl<L: Library> Shared<L> {
    async fn checkout(&self, driver: &Driver, terms: Terms<'_>) -> Result<L::Item, Refusal> {
        if self.is_closed() {
            return Err(self.refuse(RefusalKind::ShuttingDown));
        }
        let mut get = pin!(self.library.get(terms));
        let mut wait = None;
        let got = poll_fn(|cx| {
            if wait.is_some() && self.is_closed() {
                return Poll::Ready(Err(self.refuse(RefusalKind::ShuttingDown)));
            }
            stage::forget();
            if let Poll::Ready(got) = get.as_mut().poll(cx) {
                return Poll::Ready(Ok(got));
            }
            let wait = match &mut wait {
                Some(wait) => wait,
                none => match Wait::begin(self, terms) {
                    Ok(wait) => none.insert(wait),
                    Err(refusal) => return Poll::Ready(Err(refusal)),
                },
            };
            wait.poll(cx).map(Err)
        })
        .await;
        drop(wait);
        let lent = got.and_then(|got| self.admit(got));
        self.report_health(driver);
        lent
    }

    fn admit(&self, got: Result<L::Item, NotLent>) -> Result<L::Item, Refusal> {
        match got {
            Ok(item) => {
                if !self.is_managed {
                    self.stats.connected();
                }
                Ok(item)
            }
            Err(NotLent::Full) => Err(self.refuse_full()),
            Err(NotLent::Closed) => Err(self.refuse(RefusalKind::ShuttingDown)),
            Err(NotLent::TimedOut(after)) => Err(self.too_slow(self.library.stage(), after)),
            Err(NotLent::Failed(error)) => {
                if !self.is_managed {
                    self.stats.connect_failed(Arc::clone(&error));
                }
                Err(self.unavailable(error))
            }
        }
    }

    /// Ends a use that was cut, and closes the resource.
    fn discard(self: &Arc<Self>, item: L::Item, clock: &Clock) {
        if !L::CANCELS {
            return self.library.discard(item);
        }
        let (clock, limit) = (clock.clone(), self.options().close_timeout);
        let mut cut = CutItem { pool: Arc::downgrade(self), item: Some(item) };
        self.stats.cancels.begin(Box::pin(async move {
            if let Some(item) = &mut cut.item {
                let deadline = Deadline::new(&clock, clock.now() + limit);
                let _in_time = deadline.cut(L::cancel(item)).await;
            }
        }));
        self.stats.signal.wake();
    }

    /// Emits an event if the health has changed since the last one.
    pub(super) fn report_health(&self, driver: &Driver) {
        let (was_degraded, is_degraded) =
            (self.is_reported_degraded.load(Relaxed), self.stats.is_degraded());
        if was_degraded == is_degraded
            || self.is_reported_degraded.swap(is_degraded, Relaxed) == is_degraded
        {
            return;
        }
        if is_degraded {
            let cause = self.stats.connect_error();
            let cause = cause.as_deref().map(|cause| cause as &(dyn std::error::Error + 'static));
            driver.emit(Topic::ComponentDegraded, &self.layer, || Detail::degraded(cause));
        } else {
            driver.emit(Topic::ComponentRecovered, &self.layer, || Detail::None);
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.stats.signal.is_closed() || self.library.is_closed()
    }

    pub(super) fn is_queue_full(&self) -> bool {
        self.stats.waiting().load(Relaxed) >= self.max_waiting.load(Relaxed)
    }

    /// Returns true if no resource can come back, because the pool has none and cannot connect. Then
    /// it is not the pool that is too small.
    pub(super) fn all_are_connecting(&self) -> bool {
        !self.stats.is_ready() && self.status().size == 0
    }

    /// Returns the refusal of a checkout that has no time left when `stage` has lasted for `after`.
    pub(super) fn too_slow(&self, stage: Stage, after: Duration) -> Refusal {
        let last_error = self.stats.connect_error();
        if stage == Stage::Waiting && !self.all_are_connecting() {
            let refusal = self.refuse_with_size(RefusalKind::CheckoutTimeout);
            return match last_error {
                Some(error) => refusal.with_source(error),
                None => refusal,
            };
        }
        let slow = TooSlow::new(stage, after).with_last_error(last_error);
        self.unavailable(Arc::new(slow))
    }

    pub(super) fn unavailable(&self, source: SharedError) -> Refusal {
        self.refuse(RefusalKind::ResourceUnavailable).with_source(source)
    }

    pub(super) fn refuse(&self, kind: RefusalKind) -> Refusal {
        Refusal::new(kind, &self.layer)
    }

    pub(super) fn refuse_full(&self) -> Refusal {
        self.refuse_with_size(RefusalKind::PoolFull)
    }

    pub(super) fn refuse_with_size(&self, kind: RefusalKind) -> Refusal {
        self.refuse(kind).with_limit(self.status().max.into())
    }

    pub(super) fn status(&self) -> PoolStatus {
        let mut status = PoolStatus::new(0);
        self.stats.fill(&mut status);
        self.library.fill(&mut status);
        status.idle = status.idle.min(status.size);
        status.borrowed = status.size - status.idle;
        if self.is_closed() {
            status.state = crate::pool::PoolState::Closed;
        }
        status
    }

    pub(super) fn close(&self) {
        self.stats.signal.close();
        self.library.close();
    }

    fn options(&self) -> MutexGuard<'_, PoolOptions> {
        self.options.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reconfigure(&self, options: &PoolOptions) -> Result<(), InvalidOption> {
        options.validate(&self.layer)?;
        let mut current = self.options();
        let mut reachable = current.clone();
        reachable.max_size = options.max_size;
        reachable.checkout_timeout = options.checkout_timeout;
        reachable.max_waiting = options.max_waiting;
        if reachable != *options {
            let problem = "changes more than `max_size`, `checkout_timeout` and `max_waiting`, \
                           which is all that this backend can change in a running pool";
            return Err(InvalidOption::new(&self.layer, "options", problem));
        }
        if current.max_size != options.max_size && !self.library.resize(options.max_size) {
            let problem =
                "cannot be changed while the pool runs, because its library cannot resize";
            return Err(InvalidOption::new(&self.layer, "max_size", problem));
        }
        self.checkout_timeout_ns.store(nanos(options.checkout_timeout), Relaxed);
        self.max_waiting.store(options.max_waiting.unwrap_or(u32::MAX), Relaxed);
        *current = reachable;
        Ok(())
    }
}

/// An item that came back. It is discarded when this is dropped, also where the manager panics.
struct Back<'p, L: Library> {
    pool: &'p Shared<L>,
    item: Option<L::Item>,
}

impl<L: Library> Drop for Back<'_, L> {
    fn drop(&mut self) {
        if let Some(item) = self.item.take() {
            self.pool.library.discard(item);
        }
    }
}

/// An item whose use was cut. It is discarded when this is dropped.
struct CutItem<L: Library> {
    pool: Weak<Shared<L>>,
    item: Option<L::Item>,
}

impl<L: Library> Drop for CutItem<L> {
    fn drop(&mut self) {
        if let (Some(item), Some(pool)) = (self.item.take(), self.pool.upgrade()) {
            pool.library.discard(item);
        }
    }
}

impl<L: Library> Drop for Shared<L> {
    fn drop(&mut self) {
        // Ends the background work.
        self.stats.signal.close();
        self.library.abandon();
    }
}

impl<L: Library> Pool for LibraryPool<L> {
    type Resource = L::Resource;
    type Item = L::Item;

    fn layer(&self) -> &Layer {
        &self.shared.layer
    }

    fn checkout_timeout(&self) -> Duration {
        Duration::from_nanos(self.shared.checkout_timeout_ns.load(Relaxed))
    }

    fn checkout(&self, terms: Terms<'_>) -> impl Future<Output = Result<L::Item, Refusal>> + Send {
        self.shared.checkout(&self.driver, terms)
    }

    fn checkout_blocking(&self, terms: Terms<'_>) -> Result<L::Item, Refusal> {
        if self.shared.is_closed() {
            return Err(self.shared.refuse(RefusalKind::ShuttingDown));
        }
        if !L::BLOCKS {
            return crate::pool::block_on(self.checkout(terms));
        }
        stage::forget();
        let wait = match self.shared.library.stage() {
            Stage::Waiting => Some(Wait::begin(&self.shared, terms)?),
            _ => None,
        };
        let got = self.shared.library.get_blocking(terms);
        drop(wait);
        let lent = self.shared.admit(got);
        self.shared.report_health(&self.driver);
        lent
    }

    fn checkin(&self, item: L::Item, exit: &Exit<'_>) {
        let shared = &self.shared;
        let is_closed = shared.is_closed();
        if exit.is_cut() {
            shared.discard(item, self.driver.clock());
        } else {
            let mut back = Back { pool: shared, item: Some(item) };
            let is_good = back.item.as_mut().is_some_and(|item| L::end_use(item, exit));
            if is_good && !is_closed {
                back.item.take().into_iter().for_each(|item| shared.library.put(item));
            }
        }
        if is_closed {
            shared.stats.signal.wake();
        }
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
        let options = self.shared.options().clone().with_max_size(max_size);
        self.shared.reconfigure(&options)
    }

    fn reconfigure(&self, options: &PoolOptions) -> Result<(), InvalidOption> {
        self.shared.reconfigure(options)
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

impl<L: Library + super::LibraryDetach> Detach for LibraryPool<L> {
    fn detach(&self, item: L::Item) -> L::Resource {
        self.shared.library.detach(item)
    }
}

impl<L: Library + Transact<L::Resource>> Transact<L::Resource> for LibraryPool<L> {
    type Error = <L as Transact<L::Resource>>::Error;

    fn begin(
        &self,
        resource: &mut L::Resource,
        options: &TransactionOptions,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        self.shared.library.begin(resource, options)
    }

    fn commit(
        &self,
        resource: &mut L::Resource,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        self.shared.library.commit(resource)
    }

    fn rollback(
        &self,
        resource: &mut L::Resource,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        self.shared.library.rollback(resource)
    }
}

impl<L: Library> Clone for LibraryPool<L> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), driver: self.driver.clone() }
    }
}

impl<L: Library> fmt::Debug for LibraryPool<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LibraryPool")
            .field("name", self.shared.layer.name())
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
