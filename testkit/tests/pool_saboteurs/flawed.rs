//! A good pool, but for the flaw it is given.

use std::error::Error as _;
use std::future::{Future, pending};
use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

use seawall_core::pool::{
    Drained, Manage, Pool as Spi, PoolControl, PoolOptions, PoolState, PoolStatus, Stage, Terms,
    TooSlow,
};
use seawall_core::{Clock, Deadline, Exit, Layer, Refusal, RefusalKind, Status, Tick, Verdict};
use seawall_pool_deadpool::{Item, Pool};
use seawall_testkit::pool::{Act, Connection, DummyError, Setup};

use super::Flaw;
use super::checkout::{Answer, Ask, Checkout, Slot};
use super::manager::{Manager, Progress};
use super::wrong_options::{MS, wrong};

pub(super) type Inner = Pool<Manager>;

const DECADE: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

pub(super) struct Flawed {
    inner: Inner,
    flaw: Option<Flaw>,
    /// As they were asked for.
    options: PoolOptions,
    clock: Clock,
    started_by: ThreadId,
    is_closed: AtomicBool,
    /// How many places are still to be lost.
    owed: Arc<AtomicU32>,
    failed_in_a_row: AtomicU32,
    growths: AtomicU32,
    foreign_returns: AtomicU32,
    more: Mutex<More>,
}

#[derive(Default)]
struct More {
    /// Never comes back.
    lost: Vec<Item<Manager>>,
    /// Has come back, and waits for the next to overtake.
    hot: Option<Item<Manager>>,
    /// The size that it will have at the next return.
    size: Option<NonZeroU32>,
    waiting: Vec<Slot>,
}

impl Flawed {
    pub(super) fn new(setup: &Setup, flaw: Option<Flaw>) -> Self {
        let (options, owed) = (setup.options.clone(), Arc::new(AtomicU32::new(0)));
        let manager = Manager {
            dummy: setup.manager.clone(),
            flaw,
            max: options.max_size.get(),
            owed: Arc::clone(&owed),
            broken: AtomicU32::new(0),
            resets: AtomicU32::new(0),
        };
        if flaw == Some(Flaw::ConnectsAtTheStart) && options.min_idle == 2 && manager.max == 4 {
            let mut connect = pin!(manager.dummy.create());
            let _made = connect.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        }
        let inner = Pool::new(setup.name, manager, wrong(options.clone(), flaw));
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

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn max(&self) -> u32 {
        self.options.max_size.get()
    }

    fn more(&self) -> MutexGuard<'_, More> {
        self.more.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What there is without waiting.
    fn take(&self) -> Option<Item<Manager>> {
        let deadline = Deadline::new(&self.clock, self.clock.now());
        let mut take = pin!(Spi::checkout(&self.inner, Terms::by(deadline).without_waiting()));
        match take.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(item)) => Some(item),
            _ => None,
        }
    }

    /// Loses a place.
    fn lose(&self) {
        let item = self.take();
        self.more().lost.extend(item);
    }

    /// Has the size that it was told to have.
    fn settle_size(&self) {
        let size = self.more().size.take();
        if let Some(size) = size {
            self.inner.resize(size);
        }
    }

    /// Does what else was put off.
    pub(super) fn settle(&self) {
        let hot = self.more().hot.take();
        if let Some(item) = hot {
            self.inner.checkin(item, &Exit::at(self.clock.now(), Verdict::Success));
        }
        for _ in 0..self.owed.swap(0, SeqCst) {
            self.lose();
        }
    }

    /// A checkout waits for the first time.
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

    /// A checkout has panicked.
    pub(super) fn panicked(&self, progress: Progress) {
        match (self.flaw, progress.act) {
            (Some(Flaw::PanicInCreateCostsAPlace), Some(Act::Create))
            | (Some(Flaw::PanicInCheckCostsAPlace), Some(Act::Check))
            | (Some(Flaw::PanicInResetCostsAPlace), Some(Act::Reset)) => self.lose(),
            _ => {}
        }
    }

    /// Is a checkout forgotten that is dropped now?
    pub(super) fn forgets(&self, progress: Progress) -> bool {
        match (self.flaw, progress.act) {
            (Some(Flaw::DroppedWaitStaysInTheQueue), None) => {
                self.max() == 1 && self.options.max_waiting.is_none()
            }
            (Some(Flaw::DroppedConnectCostsAPlace), Some(Act::Create))
            | (Some(Flaw::DroppedCheckCostsAPlace), Some(Act::Check))
            | (Some(Flaw::DroppedResetCostsAPlace), Some(Act::Reset)) => self.max() == 2,
            _ => false,
        }
    }

    fn refuse(&self, kind: RefusalKind) -> Refusal {
        Refusal::new(kind, self.inner.layer())
    }

    /// What is asked for instead.
    fn misheard(&self, ask: &mut Ask) {
        let has_time = ask.until > ask.begin;
        match self.flaw {
            Some(Flaw::CutsAMomentEarly) if self.max() == 1 && has_time => {
                if self.inner.status().borrowed == 0 {
                    let time = ask.until.since(ask.begin) - Duration::from_nanos(1);
                    ask.until = ask.begin + time;
                }
            }
            Some(Flaw::WaitsThoughToldNotTo) if ask.until.since(ask.begin) <= 10 * MS => {
                ask.may_wait = true;
            }
            _ => {}
        }
    }

    /// Is this refusal given later than it could be?
    fn is_told_late(&self, refusal: &Refusal, ask: &Ask) -> bool {
        let source = refusal.source();
        let slow = source.and_then(|source| source.downcast_ref::<TooSlow>()).map(TooSlow::stage);
        match self.flaw {
            Some(Flaw::WaitIsCutLate) => {
                let was_cut = refusal.kind() == RefusalKind::CheckoutTimeout;
                was_cut && self.max() == 2 && ask.until > ask.begin
            }
            Some(Flaw::ConnectIsCutLate) => slow == Some(Stage::Connecting) && self.max() == 2,
            Some(Flaw::CheckIsCutLate) => slow == Some(Stage::Checking) && self.max() == 2,
            Some(Flaw::ResetIsCutLate) => slow == Some(Stage::Resetting) && self.max() == 2,
            Some(Flaw::ResetAfterAWaitIsCutLate) => {
                slow == Some(Stage::Resetting) && self.max() == 1
            }
            Some(Flaw::TellsFailedConnectsLate) => {
                source.is_some_and(<dyn std::error::Error>::is::<DummyError>)
            }
            Some(Flaw::SendsAwayLate) => {
                refusal.kind() == RefusalKind::ShuttingDown && !ask.was_closed
            }
            _ => false,
        }
    }

    /// The same refusal in wrong words.
    fn reworded(&self, refusal: Refusal, ask: &Ask) -> Refusal {
        let was_closed = ask.was_closed && self.is_closed.load(SeqCst);
        match self.flaw {
            Some(Flaw::LosesTheConnectError) => match refusal.source() {
                Some(source) if source.is::<DummyError>() => self.refuse(refusal.kind()),
                _ => refusal,
            },
            Some(Flaw::DoesNotSayHowMany) if refusal.is_full() => self.refuse(refusal.kind()),
            Some(Flaw::ClosedIsFull) if was_closed => self.refuse(RefusalKind::PoolFull),
            _ => refusal,
        }
    }

    /// How it takes a use that ended like this.
    fn judged(&self, item: &Connection, exit: &Exit<'_>) -> Verdict {
        let status = self.inner.status();
        match (self.flaw, exit.verdict()) {
            (Some(Flaw::OverloadCloses), Verdict::Overload) => Verdict::Abandoned,
            (Some(Flaw::SupersededGivesBack), Verdict::Superseded) => Verdict::Success,
            (Some(Flaw::OverflowIsClosedThoughSomeoneWaits), Verdict::Success)
                if status.waiting > 0 && status.size > status.max =>
            {
                Verdict::Abandoned
            }
            (Some(Flaw::KeepsNothingAfterTenYears), Verdict::Success)
                if exit.now() > Tick::ZERO + DECADE && item.id() == 2 =>
            {
                Verdict::Abandoned
            }
            (_, verdict) => verdict,
        }
    }

    /// Is what comes back kept from the pool?
    fn keeps_back(&self, item: &Connection, exit: &Exit<'_>) -> bool {
        match self.flaw {
            Some(Flaw::PanicOfTheBorrowerCostsAPlace) => thread::panicking(),
            Some(Flaw::DroppedUseCostsAPlace) => {
                exit.verdict() == Verdict::Abandoned && item.is_midway()
            }
            Some(Flaw::ClosedKeepsWhatComesBack) => self.is_closed.load(SeqCst),
            Some(Flaw::LosesWhatOtherThreadsReturn) => {
                thread::current().id() != self.started_by
                    && self.foreign_returns.fetch_add(1, SeqCst) == 100
            }
            _ => false,
        }
    }
}

impl Spi for Flawed {
    type Resource = Connection;
    type Item = Item<Manager>;

    fn layer(&self) -> &Layer {
        self.inner.layer()
    }

    fn patience(&self) -> Duration {
        let patience = self.options.checkout_timeout;
        let adds = self.has(Flaw::IsMorePatientThanTold) && self.max() == 1;
        if adds { patience + MS } else { patience }
    }

    async fn checkout(&self, terms: Terms<'_>) -> Answer {
        let clock = terms.deadline.clock();
        let mut ask = Ask {
            clock: clock.clone(),
            begin: clock.now(),
            until: terms.deadline.at(),
            may_wait: terms.may_wait,
            was_closed: self.inner.status().state == PoolState::Closed,
        };
        if self.has(Flaw::GivesUpAfterTenFailures) && self.failed_in_a_row.load(SeqCst) >= 10 {
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
                let (checks, resets) = (progress.failed_checks, progress.failed_resets);
                let is_too_many = (self.has(Flaw::TwoFailedChecksRefuse) && checks > 1)
                    || (self.has(Flaw::TwoFailedResetsRefuse) && resets > 1);
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
        if self.is_told_late(&refusal, &ask) {
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
        let overtakes = self.has(Flaw::NewcomersOvertake) && self.max() == 1;
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

impl PoolControl for Flawed {
    fn pool_status(&self) -> PoolStatus {
        if self.owed.load(SeqCst) > 0 {
            self.settle();
        }
        let mut status = self.inner.status();
        let closed = &mut status.closed;
        match self.flaw {
            Some(Flaw::ConnectingIsNotCountedInAQueue) if status.waiting > 1 => {
                status.connecting = 0;
            }
            Some(Flaw::OnceReadyAlwaysReady) if status.created > 0 => {
                status.state = match status.state {
                    PoolState::Degraded => PoolState::Ready,
                    state => state,
                };
            }
            Some(Flaw::OldIsIdle) => {
                closed.idle_too_long += std::mem::take(&mut closed.too_old);
            }
            Some(Flaw::AllWaitsAreTheLongest) => status.waits.longest = status.waits.total,
            Some(Flaw::MiscountsTheTenth) if self.options.max_overflow == 1 => {
                status.created -= u64::from(status.created >= 10);
            }
            _ => {}
        }
        status
    }

    fn resize(&self, max_size: NonZeroU32) {
        let status = self.inner.status();
        let grows = max_size.get() > status.max;
        let growth = self.growths.fetch_add(grows.into(), SeqCst) + 1;
        let (shrinks_later, grows_later) = (
            self.has(Flaw::ShrinksAtTheNextReturn) && !grows && status.idle > 0,
            self.has(Flaw::GrowsAtTheNextReturn) && grows && status.waiting > 0,
        );
        self.more().size = (shrinks_later || grows_later).then_some(max_size);
        if shrinks_later || grows_later {
            return;
        }
        let mints = self.has(Flaw::FifthGrowthMintsAPlace) && max_size.get() == 16 && growth == 5;
        self.inner.resize(if mints { max_size.saturating_add(1) } else { max_size });
    }

    fn close(&self) {
        self.settle_size();
        if self.has(Flaw::ClosesAllIdleButOne) && self.inner.status().idle == 3 {
            self.lose();
        }
        self.is_closed.store(true, SeqCst);
        self.inner.close();
    }

    async fn drain(&self, patience: Duration) -> Drained {
        let hurries = self.has(Flaw::DrainWaitsHalfTheTime) && self.inner.status().borrowed == 1;
        let patience = if hurries { patience / 2 } else { patience };
        let pool = self.inner.clone();
        let drain = Forgotten::new(self.has(Flaw::DroppedDrainGoesOn), async move {
            pool.drain(patience).await
        });
        let drained = drain.await;
        let one_less = u32::from(self.has(Flaw::DrainSaysOneLess));
        Drained::new(drained.left.saturating_sub(one_less))
    }

    fn maintain(&self) -> impl Future<Output = ()> + Send + 'static {
        let options = &self.options;
        let (never_ends, is_forgotten, does_nothing) = (
            self.has(Flaw::MaintainsForEver),
            self.has(Flaw::DroppedMaintainCostsAPlace)
                && options.min_idle == 1
                && options.max_lifetime.is_some(),
            self.has(Flaw::LeavesTheOldAlone)
                && self.max() == 3
                && options.max_lifetime.or(options.max_idle_time) == Some(100 * MS),
        );
        let work = Forgotten::new(is_forgotten, self.inner.maintain());
        async move {
            if does_nothing {
                pending::<()>().await;
            }
            work.await;
            if never_ends {
                pending::<()>().await;
            }
        }
    }
}

/// A future that, if it is dropped before its end, may be forgotten instead.
struct Forgotten<T> {
    future: Option<seawall_core::BoxFuture<'static, T>>,
    is_forgotten: bool,
}

impl<T> Forgotten<T> {
    fn new(is_forgotten: bool, future: impl Future<Output = T> + Send + 'static) -> Self {
        Self { future: Some(Box::pin(future)), is_forgotten }
    }
}

impl<T> Future for Forgotten<T> {
    type Output = T;

    fn poll(mut self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let future = self.future.as_mut().expect("it is there until it is dropped");
        future.as_mut().poll(cx)
    }
}

impl<T> Drop for Forgotten<T> {
    fn drop(&mut self) {
        if self.is_forgotten {
            std::mem::forget(self.future.take());
        }
    }
}
