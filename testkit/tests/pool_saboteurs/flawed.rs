//! A good pool with one flaw.

use std::future::Future;
use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

use seawall_core::pool::{Manage, Pool as Spi, PoolControl, PoolOptions, PoolState, Terms};
use seawall_core::{Clock, Deadline, Exit, Layer, Refusal, RefusalKind, Status, Tick, Verdict};
use seawall_pool::{Checkout as Item, Pool};
use seawall_testkit::pool::{Act, Connection, Setup, Subject};

use super::Flaw;
use super::checkout::{Answer, Ask, Checkout, Slot};
use super::manager::{Manager, Progress};
use super::wrong_options;
use super::wrong_options::MS;

pub(super) type Inner = Pool<Manager>;

pub(super) struct Flawed {
    pub(super) inner: Inner,
    pub(super) flaw: Option<Flaw>,
    /// The options before the flaw changed them.
    pub(super) options: PoolOptions,
    pub(super) clock: Clock,
    pub(super) started_by: ThreadId,
    pub(super) is_closed: AtomicBool,
    /// Number of permits still to be lost.
    pub(super) owed: Arc<AtomicU32>,
    failed_in_a_row: AtomicU32,
    pub(super) growths: AtomicU32,
    pub(super) foreign_returns: AtomicU32,
    pub(super) more: Mutex<More>,
}

#[derive(Default)]
pub(super) struct More {
    /// Items that are never returned.
    lost: Vec<Item<Manager>>,
    /// A returned item that waits for the next caller to overtake.
    hot: Option<Item<Manager>>,
    /// The size that takes effect at the next return.
    pub(super) size: Option<NonZeroU32>,
    waiting: Vec<Slot>,
}

impl Flawed {
    pub(super) fn subject<'a>(flaw: Option<Flaw>) -> Subject<'a> {
        Subject::new(move |setup| Self::new(setup, flaw))
    }

    fn new(setup: &Setup, flaw: Option<Flaw>) -> Self {
        let (options, owed) = (setup.options.clone(), Arc::new(AtomicU32::new(0)));
        let manager = Manager {
            dummy: setup.manager.clone(),
            flaw,
            clock: setup.driver.clock().clone(),
            max: options.max_size.get(),
            owed: Arc::clone(&owed),
            broken: AtomicU32::new(0),
            resets: AtomicU32::new(0),
        };
        if flaw == Some(Flaw::ConnectsAtTheStart) && options.min_idle == 2 && manager.max == 4 {
            let mut connect = pin!(manager.dummy.create());
            let _made = connect.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        }
        let inner = Pool::new(setup.name, manager, wrong_options::wrong(options.clone(), flaw));
        let inner = inner.expect("the options are valid");
        Self {
            inner: inner.with_driver(setup.driver.clone()),
            flaw,
            options,
            clock: setup.driver.clock().clone(),
            started_by: thread::current().id(),
            is_closed: AtomicBool::new(false),
            owed,
            failed_in_a_row: AtomicU32::new(0),
            growths: AtomicU32::new(0),
            foreign_returns: AtomicU32::new(0),
            more: Mutex::default(),
        }
    }

    pub(super) fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    pub(super) fn max(&self) -> u32 {
        self.options.max_size.get()
    }

    pub(super) fn more(&self) -> MutexGuard<'_, More> {
        self.more.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an item that is available without waiting.
    fn take(&self) -> Option<Item<Manager>> {
        let deadline = Deadline::new(&self.clock, self.clock.now());
        let mut take = pin!(Spi::checkout(&self.inner, Terms::by(deadline).without_waiting()));
        match take.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(item)) => Some(item),
            _ => None,
        }
    }

    /// Loses a permit, or owes it if none is free.
    pub(super) fn lose(&self) {
        match self.take() {
            Some(item) => self.more().lost.push(item),
            None => _ = self.owed.fetch_add(1, SeqCst),
        }
    }

    /// Applies a delayed size.
    pub(super) fn settle_size(&self) {
        let size = self.more().size.take();
        if let Some(size) = size {
            self.inner.resize(size).expect("it can be changed");
        }
    }

    /// Applies everything that was delayed.
    pub(super) fn settle(&self) {
        let hot = self.more().hot.take();
        if let Some(item) = hot {
            self.inner.checkin(item, &Exit::at(self.clock.now(), Verdict::Success));
        }
        for _ in 0..self.owed.swap(0, SeqCst) {
            self.lose();
        }
    }

    /// Returns true if wake-ups of waiters are lost.
    pub(super) fn is_deaf(&self) -> bool {
        self.has(Flaw::WakesNobody) && self.max() == 10
    }

    /// Handles the first wait of a checkout.
    pub(super) fn waits(&self, slot: &Slot) {
        if !self.has(Flaw::FourthOvertakesTheThird) || self.max() > 1 {
            return;
        }
        let mut more = self.more();
        more.waiting.retain(|other| other.lock().is_ok_and(|other| other.is_some()));
        more.waiting.push(Arc::clone(slot));
        if let [_, _, third, fourth] = &more.waiting[..] {
            let (mut third, mut fourth) =
                (third.lock().expect("quiet"), fourth.lock().expect("quiet"));
            std::mem::swap(&mut *third, &mut *fourth);
        }
    }

    /// Handles a panic of a checkout.
    pub(super) fn panicked(&self, progress: Progress) {
        match (self.flaw, progress.act) {
            (Some(Flaw::PanicInCreateCostsAPlace), Some(Act::Create))
            | (Some(Flaw::PanicInCheckCostsAPlace), Some(Act::Check)) => self.lose(),
            _ => {}
        }
    }

    /// Returns true if a checkout dropped now is forgotten.
    pub(super) fn forgets(&self, progress: Progress) -> bool {
        let status = self.inner.status();
        match (self.flaw, progress.act) {
            (Some(Flaw::DroppedWaitStaysInTheQueue), None) => {
                let may_wait = self.options.max_waiting.is_none() && status.waiting > 0;
                self.options.places() == 1 && may_wait
            }
            (Some(Flaw::DroppedResetCostsAPlace), _) => {
                self.max() == 1 && (status.borrowed, status.waiting) == (1, 0)
            }
            (Some(Flaw::DroppedConnectCostsAPlace), Some(Act::Create))
            | (Some(Flaw::DroppedCheckCostsAPlace), Some(Act::Check)) => self.max() == 2,
            _ => false,
        }
    }

    pub(super) fn refuse(&self, kind: RefusalKind) -> Refusal {
        Refusal::new(kind, self.inner.layer())
    }
}

impl Drop for Flawed {
    fn drop(&mut self) {
        if self.has(Flaw::LastHandleIsKept) && self.max() == 11 {
            std::mem::forget(self.inner.clone());
        }
    }
}

impl Spi for Flawed {
    type Resource = Connection;
    type Item = Item<Manager>;

    fn layer(&self) -> &Layer {
        self.inner.layer()
    }

    fn checkout_timeout(&self) -> Duration {
        let patience = self.options.checkout_timeout;
        let adds = self.has(Flaw::IsMorePatientThanTold) && self.max() == 1;
        if adds { patience + MS } else { patience }
    }

    async fn checkout(&self, terms: Terms<'_>) -> Answer {
        let clock = terms.clock();
        let mut ask = Ask {
            clock: clock.clone(),
            begin: clock.now(),
            until: terms.deadline().at(),
            may_wait: terms.may_wait,
            was_closed: self.inner.status().state == PoolState::Closed,
        };
        let gives_up = self.has(Flaw::GivesUpAfterTenFailures) && self.max() == 2;
        if gives_up && self.failed_in_a_row.load(SeqCst) >= 10 {
            return Err(self.refuse(RefusalKind::PoolFull));
        }
        if !ask.may_wait
            && let Some(item) = self.more().hot.take()
        {
            return Ok(item);
        }
        self.misheard(&mut ask);
        let (answer, progress) = Checkout::new(self, self.inner.clone(), &ask).await;
        let refusal = match answer {
            Ok(item) => {
                self.failed_in_a_row.store(0, SeqCst);
                let is_too_many =
                    self.has(Flaw::TwoFailedChecksRefuse) && progress.failed_checks > 1;
                if is_too_many && self.max() == 3 {
                    self.inner.checkin(item, &Exit::at(clock.now(), Verdict::Unused));
                    return Err(self.refuse(RefusalKind::ResourceUnavailable));
                }
                return Ok(item);
            }
            Err(refusal) => refusal,
        };
        if refusal.kind() == RefusalKind::ResourceUnavailable {
            self.failed_in_a_row.fetch_add(1, SeqCst);
        }
        if self.loses_for(&refusal, &ask) {
            self.lose();
        }
        if self.is_a_timeout(&refusal) {
            clock.sleep_until(ask.until).await;
            return Err(self.refuse(RefusalKind::CheckoutTimeout));
        }
        if self.is_delayed(&refusal, &ask) {
            clock.sleep_until(clock.now() + MS).await;
        }
        Err(self.reworded(refusal, &ask))
    }

    fn checkin(&self, item: Item<Manager>, exit: &Exit<'_>) {
        if self.keeps_back(&item, exit) {
            self.more().lost.push(item);
            return;
        }
        let verdict = self.judged(&item, exit);
        let overtakes = self.has(Flaw::NewcomersOvertake) && self.options.places() == 1;
        if overtakes && verdict == Verdict::Success && self.inner.status().waiting > 0 {
            self.more().hot = Some(item);
            return;
        }
        if verdict == exit.verdict() {
            self.inner.checkin(item, exit);
        } else {
            self.inner.checkin(item, &Exit::at(exit.now(), verdict));
        }
        self.settle_size();
    }

    fn status(&self, _now: Tick) -> Status {
        if self.has(Flaw::ClosesOneWhenLookedAt)
            && self.inner.status().idle > 1
            && let Some(item) = self.take()
        {
            self.inner.checkin(item, &Exit::at(self.clock.now(), Verdict::Abandoned));
        }
        let status = self.pool_status().to_status(self.inner.layer());
        match self.flaw {
            Some(Flaw::HasNoReadings) => Status::new(&status.layer, status.state),
            _ => status,
        }
    }
}
