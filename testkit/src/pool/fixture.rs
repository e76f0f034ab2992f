use std::future::Future;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_core::pool::{Lend, Lent, Pool as _, PoolControl, PoolOptions, PoolStatus, TooSlow};
use seawall_core::{BoxFuture, Deadline, Driver, Refusal, RefusalKind};

use super::started::{Loan, Started};
use super::{Connection, Dummy, Setup, Subject};
use crate::ManualClock;
use crate::clock::Woken;

pub(super) const MS: Duration = Duration::from_millis(1);
pub(super) const HOUR: Duration = Duration::from_secs(60 * 60);

/// Name of the component in all laws.
pub(super) const NAME: &str = "subject";

/// One pool, its manager and its clock.
pub(super) struct Fixture {
    pub(super) time: ManualClock,
    pub(super) dummy: Dummy,
    pub(super) driver: Driver,
    pub(super) pool: Started,
}

/// A resource that the pool lends until it is dropped.
pub(super) type Borrowed<'b> = Lent<'b, Started>;

/// A checkout that has started.
pub(super) type Asking<'b> = Pin<Box<dyn Future<Output = Result<Borrowed<'b>, Refusal>> + 'b>>;

/// Returns options with at most `max` resources, unlimited checkouts, a check before each loan and no
/// randomness.
pub(super) fn options(max: u32) -> PoolOptions {
    let options = PoolOptions::new().with_max_size(size(max)).with_jitter_percent(0);
    options.with_checkout_timeout(HOUR).with_check_after(Duration::ZERO)
}

pub(super) fn size(max: u32) -> NonZeroU32 {
    NonZeroU32::new(max).expect("a pool has a size")
}

impl Fixture {
    pub(super) fn new(subject: &Subject<'_>, max: u32) -> Self {
        Self::with(subject, options(max))
    }

    pub(super) fn with(subject: &Subject<'_>, options: PoolOptions) -> Self {
        Self::at(subject, options, Duration::ZERO)
    }

    /// Starts a pool when the clock has advanced to `since`.
    pub(super) fn at(subject: &Subject<'_>, options: PoolOptions, since: Duration) -> Self {
        let time = ManualClock::new();
        time.advance(since);
        let driver = Driver::new().with_clock(time.clock());
        let dummy = Dummy::new(time.clock());
        let setup = Setup { name: NAME, options, manager: dummy.clone(), driver: driver.clone() };
        let pool = subject.start(&setup);
        Self { time, dummy, driver, pool }
    }

    pub(super) fn lend(&self) -> Lend<'_, Started> {
        self.driver.lend(&self.pool)
    }

    /// Starts a checkout with `deadline`.
    pub(super) fn ask(&self, deadline: Duration) -> Asking<'_> {
        let mut asking: Asking<'_> = Box::pin(self.lend().deadline(deadline).checkout());
        // A checkout joins the queue when it is polled.
        if let Poll::Ready(answer) = poll(&mut asking) {
            return Box::pin(std::future::ready(answer));
        }
        asking
    }

    /// Starts a checkout with an hour's deadline, which must wait.
    #[track_caller]
    pub(super) fn waits(&self, why: &str) -> Asking<'_> {
        let mut asking = self.ask(HOUR);
        match poll(&mut asking) {
            Poll::Pending => asking,
            Poll::Ready(Ok(_)) => panic!("{why}, so a checkout waits; but it is lent one"),
            Poll::Ready(Err(refusal)) => panic!("{why}, so a checkout waits; but: {refusal}"),
        }
    }

    /// Borrows a resource without any time passing.
    pub(super) fn take(&self) -> Result<Borrowed<'_>, Refusal> {
        self.time
            .block_on(self.lend().without_waiting().deadline(Duration::from_nanos(1)).checkout())
    }

    /// Borrows a resource, which must succeed without any time passing.
    #[track_caller]
    pub(super) fn taken(&self, why: &str) -> Borrowed<'_> {
        match self.take() {
            Ok(lent) => lent,
            Err(refusal) => panic!("{why}, so one is lent; but: {refusal}"),
        }
    }

    /// Borrows `count` resources at once.
    #[track_caller]
    pub(super) fn take_all(&self, count: u32) -> Vec<Borrowed<'_>> {
        (0..count).map(|nth| self.taken(&format!("{nth} are lent of {count}"))).collect()
    }

    /// Checks that a checkout without waiting is refused, and returns the refusal.
    #[track_caller]
    pub(super) fn full(&self, why: &str) -> Refusal {
        match self.take() {
            Ok(_) => panic!("{why}, so the pool is full; but it lends one"),
            Err(refusal) if refusal.is_full() => refusal,
            Err(refusal) => panic!("{why}, so the pool is full; but: {refusal}"),
        }
    }

    /// Leaves `count` resources idle.
    #[track_caller]
    pub(super) fn warm_up(&self, count: u32) {
        drop(self.take_all(count));
    }

    /// Checks that a checkout with `deadline` is refused after exactly `time`.
    #[track_caller]
    pub(super) fn refused_after(&self, time: Duration, deadline: Duration) -> Refusal {
        let asked = self.time.now();
        let refusal = match self.time.block_on(self.lend().deadline(deadline).checkout()) {
            Ok(_) => panic!("a checkout that cannot work in time is refused; but it is lent one"),
            Err(refusal) => refusal,
        };
        let took = self.time.now().since(asked);
        assert_eq!(took, time, "how long it took until the refusal: {refusal}");
        refusal
    }

    /// Borrows an item, as a driver does.
    #[track_caller]
    pub(super) fn item(&self) -> Loan {
        let terms =
            seawall_core::pool::Terms::by(Deadline::new(self.driver.clock(), self.time.now()));
        match self.time.block_on(self.pool.checkout(terms)) {
            Ok(item) => item,
            Err(refusal) => panic!("a place is free, so one is lent; but: {refusal}"),
        }
    }

    pub(super) fn status(&self) -> PoolStatus {
        self.pool.pool_status()
    }

    #[track_caller]
    pub(super) fn resize(&self, max: u32) {
        self.pool.resize(size(max)).expect("the size can be changed");
    }

    /// Lets the time pass in which a pool that has just failed to connect says so at once.
    pub(super) fn pause(&self) {
        self.time.advance(PoolOptions::new().connect_backoff.first);
    }

    /// Starts background work and lets it do everything that is due now.
    #[track_caller]
    pub(super) fn maintained(&self) -> BoxFuture<'static, ()> {
        let mut work: BoxFuture<'static, ()> = Box::pin(self.pool.maintain());
        assert!(poll(&mut work).is_pending(), "background work goes on while the pool is open");
        work
    }

    /// Runs `future`, which must panic, and drops it only afterwards, as executors do.
    #[track_caller]
    pub(super) fn panics<F: Future>(&self, future: F) {
        let mut future = Box::pin(future);
        let run = catch_unwind(AssertUnwindSafe(|| drop(self.time.block_on(future.as_mut()))));
        assert!(run.is_err(), "the panic comes out");
    }

    /// Checks that nothing is lost: no caller is inside, all connections are idle, and all permits
    /// can be taken at once, and not one more.
    #[track_caller]
    pub(super) fn is_whole(&self, when: &str) {
        self.dummy.forget();
        // Work that callers have left to the pool ends by its own limits.
        let limits = PoolOptions::new();
        self.time.advance(limits.connect_timeout + limits.check_timeout);
        let mut work = Box::pin(self.pool.maintain());
        (0..3).for_each(|_| assert!(poll(&mut work).is_pending(), "the pool is open {when}"));
        drop(work);
        let status = self.status();
        let inside = (status.borrowed, status.waiting);
        assert_eq!(inside, (0, 0), "borrowed and waiting {when}: {status:?}");
        assert_eq!(self.alive(), status.idle, "what is alive is idle {when}: {status:?}");
        let places = status.max + status.max_overflow;
        let lent: Vec<_> = (0..places)
            .map(|nth| match self.take() {
                Ok(lent) => lent,
                Err(refusal) => panic!("place {nth} of {places} is lost {when}: {refusal}"),
            })
            .collect();
        self.full(&format!("all places are taken {when}"));
        assert_eq!(self.alive(), places, "connections alive, all lent, {when}");
        assert!(lent.iter().all(|lent| !lent.is_midway()), "what is lent is midway {when}");
    }

    pub(super) fn alive(&self) -> u32 {
        u32::try_from(self.dummy.alive().len()).expect("fits into u32")
    }
}

/// A future that is polled explicitly, and remembers whether it was woken.
pub(super) struct Watched<F> {
    future: Pin<Box<F>>,
    woken: Arc<Woken>,
}

impl<F: Future> Watched<F> {
    pub(super) fn new(future: F) -> Self {
        Self { future: Box::pin(future), woken: Arc::default() }
    }

    pub(super) fn poll(&mut self) -> Poll<F::Output> {
        let waker = Waker::from(Arc::clone(&self.woken));
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }

    /// Returns true if it was woken since the last call.
    pub(super) fn was_woken(&self) -> bool {
        self.woken.take()
    }
}

/// Polls `future` once, as if it had been woken.
pub(super) fn poll<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// Returns the answer of a checkout, which must be ready.
#[track_caller]
pub(super) fn answer<'b>(asking: &mut Asking<'b>, when: &str) -> Result<Borrowed<'b>, Refusal> {
    match poll(asking) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("{when}, a checkout has its answer; but it waits"),
    }
}

/// Returns the resource of a checkout, which must be ready.
#[track_caller]
pub(super) fn served<'b>(asking: &mut Asking<'b>, when: &str) -> Borrowed<'b> {
    match answer(asking, when) {
        Ok(lent) => lent,
        Err(refusal) => panic!("{when}, one is lent; but: {refusal}"),
    }
}

#[track_caller]
pub(super) fn is_kind(refusal: &Refusal, kind: RefusalKind, when: &str) {
    assert_eq!(refusal.kind(), kind, "the reason, {when}: {refusal}");
}

/// Returns the `TooSlow` that is the source of `refusal`.
#[track_caller]
pub(super) fn too_slow(refusal: &Refusal) -> &TooSlow {
    is_kind(refusal, RefusalKind::ResourceUnavailable, "for what was too slow");
    let source = std::error::Error::source(refusal);
    match source.and_then(|source| source.downcast_ref()) {
        Some(slow) => slow,
        None => panic!("the source says what was too slow; but it is {source:?}"),
    }
}

/// An operation with this number of awaits.
pub(super) async fn request(
    connection: &mut Connection,
    awaits: usize,
) -> Result<u64, super::DummyError> {
    connection.request(awaits).await
}
