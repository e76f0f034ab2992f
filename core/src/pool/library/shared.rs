use std::future::Future;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::checkout::Checkout;
use super::wait::Wait;
use super::{Library, LibraryItem, LibraryStats, NotLent, SharedError, stage};
use crate::pool::{PoolOptions, PoolState, PoolStatus, Stage, Terms, TooSlow};
use crate::{
    AtomicDuration, Clock, Component, Deadline, Detail, Driver, Exit, InvalidOption, Layer, Name,
    Refusal, RefusalKind, Topic,
};

/// What the handles of a pool share.
pub(super) struct Shared<L: Library> {
    pub(super) library: L,
    pub(super) stats: Arc<LibraryStats>,
    /// True if a [`Managed`](super::Managed) counts the connects.
    is_managed: bool,
    pub(super) layer: Layer,
    /// The options in force.
    options: Mutex<PoolOptions>,
    pub(super) checkout_timeout: AtomicDuration,
    max_waiting: AtomicU32,
    is_reported_degraded: AtomicBool,
}

impl<L: Library> Shared<L> {
    pub(super) fn new(name: Name, library: L, mut options: PoolOptions) -> Self {
        let mut status = PoolStatus::new(0);
        library.fill(&mut status);
        // That of a pool which was there already.
        options.max_size = NonZeroU32::new(status.max).unwrap_or(options.max_size);
        let keeper = library.keeper();
        let shared = Self {
            is_managed: keeper.is_some(),
            stats: keeper.map(|keeper| Arc::clone(keeper.stats())).unwrap_or_default(),
            layer: Layer::new(Component::ConnectionPool, name),
            options: Mutex::new(options),
            checkout_timeout: AtomicDuration::new(Duration::ZERO),
            max_waiting: AtomicU32::new(0),
            is_reported_degraded: AtomicBool::new(false),
            library,
        };
        shared.set(|_| {});
        shared
    }

    /// Changes options that are kept here.
    pub(super) fn set(&self, change: impl FnOnce(&mut PoolOptions)) {
        let mut options = self.options();
        change(&mut options);
        self.checkout_timeout.set(options.checkout_timeout);
        self.max_waiting.store(options.max_waiting.unwrap_or(u32::MAX), Relaxed);
    }

    pub(super) fn current_options(&self) -> PoolOptions {
        self.options().clone()
    }

    #[inline(always)]
    pub(super) fn checkout<'s, 'c>(
        &'s self,
        driver: &'s Driver,
        terms: Terms<'c>,
    ) -> impl Future<Output = Result<L::Item, Refusal>> + Send + use<'s, 'c, L> {
        Checkout::new(self, driver, terms, self.library.get(terms))
    }

    pub(super) fn checkout_blocking(
        &self,
        driver: &Driver,
        terms: Terms<'_>,
    ) -> Result<L::Item, Refusal> {
        if !L::BLOCKS {
            return crate::pool::block_on(self.checkout(driver, terms));
        }
        if self.is_closed() {
            return Err(self.refuse(RefusalKind::ShuttingDown));
        }
        let got = match self.library.get_idle() {
            Some(item) => Ok(item),
            None => self.get_blocking(terms.begun())?,
        };
        let lent = match got {
            Ok(item) => {
                self.note_loan();
                Ok(item)
            }
            Err(not_lent) => Err(self.explain(not_lent)),
        };
        self.report_health(driver);
        lent
    }

    fn get_blocking(&self, terms: Terms<'_>) -> Result<Result<L::Item, NotLent>, Refusal> {
        stage::forget();
        let wait = match self.library.stage() {
            Stage::Waiting => Some(Wait::begin(self, terms)?),
            _ => None,
        };
        let got = self.library.get_blocking(terms);
        drop(wait);
        Ok(got)
    }

    #[inline]
    pub(super) fn checkin(
        self: &Arc<Self>,
        place: &mut Option<L::Item>,
        exit: &Exit<'_>,
        clock: &Clock,
    ) {
        let is_closed = self.is_closed();
        let end_use = |item: &mut L::Item| match exit.is_cut() {
            true => Ok(false),
            false => catch_unwind(AssertUnwindSafe(|| item.end_use(exit))),
        };
        match place.as_mut().map_or(Ok(true), end_use) {
            Ok(true) if !is_closed => self.library.put(place),
            ended => {
                let Some(item) = place.take() else { return };
                if exit.is_cut() {
                    self.discard(item, clock);
                } else {
                    self.library.discard(item);
                }
                if let Err(panic) = ended {
                    resume_unwind(panic);
                }
            }
        }
        if is_closed {
            self.stats.wakeup.notify();
        }
    }

    #[inline(always)]
    pub(super) fn note_loan(&self) {
        if !self.is_managed {
            self.stats.connected();
        }
    }

    #[cold]
    pub(super) fn explain(&self, not_lent: NotLent) -> Refusal {
        match not_lent {
            NotLent::Full => self.refuse_full(),
            NotLent::Closed => self.refuse(RefusalKind::ShuttingDown),
            NotLent::TimedOut(after) => self.too_slow(self.library.stage(), after),
            NotLent::Failed(error) => {
                if !self.is_managed {
                    self.stats.connect_failed(Arc::clone(&error));
                }
                self.unavailable(error)
            }
        }
    }

    /// Ends a use that was cut, and closes the resource.
    fn discard(self: &Arc<Self>, item: L::Item, clock: &Clock) {
        let (clock, limit) = (clock.clone(), self.options().close_timeout);
        let mut cut = CutItem { pool: Arc::downgrade(self), item: Some(item) };
        self.stats.cancels.begin(Box::pin(async move {
            if let Some(item) = &mut cut.item {
                let deadline = Deadline::new(&clock, clock.now() + limit);
                let _in_time = deadline.cut(item.cancel()).await;
            }
        }));
        self.stats.wakeup.notify();
    }

    /// Emits an event if the health has changed since the last one.
    #[inline]
    pub(super) fn report_health(&self, driver: &Driver) {
        let is_degraded = self.stats.is_degraded();
        if self.is_reported_degraded.load(Relaxed) != is_degraded {
            self.report_change(is_degraded, driver);
        }
    }

    #[cold]
    fn report_change(&self, is_degraded: bool, driver: &Driver) {
        if self.is_reported_degraded.swap(is_degraded, Relaxed) == is_degraded {
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

    #[inline]
    pub(super) fn is_closed(&self) -> bool {
        self.stats.is_closed() || self.library.is_closed()
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
        status.min_idle = self.options().min_idle;
        self.stats.fill(&mut status);
        self.library.fill(&mut status);
        status.idle = status.idle.min(status.size);
        status.borrowed = status.size - status.idle;
        if self.is_closed() {
            status.state = PoolState::Closed;
        }
        status
    }

    pub(super) fn close(&self) {
        self.stats.close();
        self.library.close();
    }

    fn options(&self) -> MutexGuard<'_, PoolOptions> {
        self.options.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn reconfigure(&self, options: &PoolOptions) -> Result<(), InvalidOption> {
        options.validate(&self.layer)?;
        let current = self.current_options();
        let mut reachable = current.clone();
        reachable.max_size = options.max_size;
        reachable.checkout_timeout = options.checkout_timeout;
        reachable.max_waiting = options.max_waiting;
        if reachable != *options {
            let problem = "changes more than `max_size`, `checkout_timeout` and `max_waiting`, \
                           which is all that this backend can change in a running pool";
            return Err(InvalidOption::new(&self.layer, "options", problem));
        }
        let is_other_size = options.max_size.get() != self.status().max;
        if is_other_size && !self.library.resize(options.max_size) {
            let problem =
                "cannot be changed while the pool runs, because its library cannot resize";
            return Err(InvalidOption::new(&self.layer, "max_size", problem));
        }
        self.set(|current| *current = reachable);
        Ok(())
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
            // The thread may unwind already, and then a panic of the manager would end the process.
            let discard = || pool.library.discard(item);
            let _reported_by_the_hook = catch_unwind(AssertUnwindSafe(discard));
        }
    }
}

impl<L: Library> Drop for Shared<L> {
    fn drop(&mut self) {
        // Ends the background work.
        self.stats.close();
        self.library.abandon();
    }
}
