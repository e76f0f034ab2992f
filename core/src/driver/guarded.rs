use std::future::{Future, poll_fn};
use std::num::NonZeroU32;
use std::pin::pin;
use std::time::Duration;

use super::admission::{self, NotAdmitted};
use super::asynchronous::{advance, conclude};
use super::ending::Ending;
use super::held::Held;
use super::judge::{judge, judge_nested};
use super::limit::Limit;
use super::{Permit, Reservation, asynchronous, blocking};
use crate::deadline::Alarm;
use crate::protection::Protection;
use crate::{ByResult, Call, Class, Classify, Driver, Error, Key, KeyParts, Refusal, Tick};

/// One call through a protection, to be described and then run.
///
/// ```
/// # use seawall_core::{Driver, Dynamic, Error, Verdict};
/// # use std::time::Duration;
/// # async fn example(driver: Driver, protection: Dynamic) {
/// let result: Result<u16, Error<String>> = driver
///     .protect(&protection)
///     .key(("user", 123))
///     .cost(2)
///     .deadline(Duration::from_secs(2))
///     .timeout(Duration::from_millis(500))
///     .classify(|result: &Result<u16, String>| match result {
///         Ok(500..) => Verdict::Failure,
///         Ok(404) => Verdict::Ignored,
///         Ok(_) => Verdict::Success,
///         Err(_) => Verdict::Failure,
///     })
///     .run(async || Ok(200))
///     .await;
/// # }
/// ```
#[must_use = "a call that is not run does nothing"]
pub struct Guarded<'p, P: Protection, K = NoKey, C = ByResult> {
    driver: &'p Driver,
    protection: &'p P,
    key: K,
    cost: NonZeroU32,
    deadline: Option<Duration>,
    timeout: Option<Duration>,
    max_wait: Option<Duration>,
    classify: C,
}

/// What ends an operation that has reached its limit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    ByDriver,
    #[cfg(feature = "pool")]
    ByItself,
}

/// A call without a key.
#[derive(Clone, Copy, Debug)]
pub struct NoKey;

/// A call with a key.
#[derive(Clone, Copy, Debug)]
pub struct WithKey<K>(K);

/// A key, or none.
pub trait MaybeKey {
    /// Returns the key, if there is one.
    fn key(&self) -> Option<Key<'_>>;
}

impl MaybeKey for NoKey {
    #[inline]
    fn key(&self) -> Option<Key<'_>> {
        None
    }
}

impl<K: KeyParts + Sync> MaybeKey for WithKey<K> {
    fn key(&self) -> Option<Key<'_>> {
        Some(Key::new(&self.0))
    }
}

impl<'p, P: Protection> Guarded<'p, P> {
    #[inline]
    pub(super) fn new(driver: &'p Driver, protection: &'p P) -> Self {
        Self {
            driver,
            protection,
            key: NoKey,
            cost: NonZeroU32::MIN,
            deadline: None,
            timeout: None,
            max_wait: None,
            classify: ByResult,
        }
    }
}

impl<'p, P: Protection, K, C> Guarded<'p, P, K, C> {
    /// Counts the call under `key`: see [`Key`] for what can be one.
    pub fn key<N: KeyParts + Sync>(self, key: N) -> Guarded<'p, P, WithKey<N>, C> {
        let Self { driver, protection, cost, deadline, timeout, max_wait, classify, .. } = self;
        let key = WithKey(key);
        Guarded { driver, protection, key, cost, deadline, timeout, max_wait, classify }
    }

    /// Sets how many tokens of each rate limit the call costs; 1 by default. Zero counts as 1.
    pub fn cost(mut self, cost: u32) -> Self {
        self.cost = NonZeroU32::new(cost).unwrap_or(NonZeroU32::MIN);
        self
    }

    /// Limits the time of the whole call, waiting included, from when it is run. If it passes before
    /// the operation starts, the call is refused as [`RefusalKind::Deadline`], returns what it took,
    /// and counts against nothing; if it passes later, the call ends as [`Error::TimedOut`]. A
    /// deadline of zero has passed at once.
    ///
    /// [`RefusalKind::Deadline`]: crate::RefusalKind::Deadline
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Limits the time of the operation, from when it starts; after that the call ends as
    /// [`Error::TimedOut`]. With a timeout of zero the call is refused like one whose deadline has
    /// passed. Permits and reservations have no timeout.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets how long each layer may make the call wait, in place of the layer's own `max_wait`: zero
    /// for not at all. A deadline can only shorten it.
    pub fn max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = Some(max_wait);
        self
    }

    /// Sets what decides what a result says about the service that was called. By default, `Ok` is a
    /// success and `Err` a failure.
    pub fn classify<N>(self, classify: N) -> Guarded<'p, P, K, N> {
        let Self { driver, protection, key, cost, deadline, timeout, max_wait, .. } = self;
        Guarded { driver, protection, key, cost, deadline, timeout, max_wait, classify }
    }
}

impl<'p, P: Protection, K: MaybeKey, C> Guarded<'p, P, K, C> {
    /// Runs `op` if all layers admit the call. Dropping the future cancels `op`, and the call counts
    /// as [`Verdict::Abandoned`](crate::Verdict::Abandoned).
    ///
    /// # Errors
    /// [`Error::Refused`] if a layer does not admit the call or its time is over; [`Error::TimedOut`]
    /// if `op` was cut; [`Error::Failed`] with `op`'s own error.
    ///
    /// # Panics
    /// If `op` panics; the call counts as [`Verdict::Panicked`](crate::Verdict::Panicked).
    #[inline]
    pub fn run<T, E, O>(self, op: impl FnOnce() -> O) -> impl Future<Output = Result<T, Error<E>>>
    where
        O: Future<Output = Result<T, E>>,
        C: Classify<T, E>,
    {
        let judge = |classify: &C, _: &P, output| judge(classify, output);
        self.judged(|_| op(), judge, Cut::ByDriver, |result| result)
    }

    /// Runs `op`, which is itself a protected call, like [`Guarded::run`]. Its refusals and timeouts
    /// are returned as they are. Only timeouts, failures and resources that cannot be reached count as
    /// failures: a full pool says nothing about the database behind it.
    ///
    /// The inner call must not pass a layer that this one holds. A refusal by such a layer says so:
    /// [`Refusal::is_nested`].
    ///
    /// # Errors
    /// As [`Guarded::run`], with `op`'s own refusals and timeouts among them.
    ///
    /// # Panics
    /// As [`Guarded::run`].
    #[inline]
    pub fn run_nested<T, E, O>(
        self,
        op: impl FnOnce() -> O,
    ) -> impl Future<Output = Result<T, Error<E>>>
    where
        O: Future<Output = Result<T, Error<E>>>,
        C: Classify<T, E>,
    {
        self.judged(|_| op(), judge_nested, Cut::ByDriver, |result| result)
    }

    /// Runs an operation like [`Guarded::run_nested`] that keeps to the given limit itself, since
    /// only it knows whether what was cut had begun.
    #[cfg(feature = "pool")]
    pub(crate) async fn run_limited<T, E, O>(
        self,
        op: impl FnOnce(&'p Driver, Option<Limit>) -> O,
    ) -> Result<T, Error<E>>
    where
        O: Future<Output = Result<T, Error<E>>>,
        C: Classify<T, E>,
    {
        let driver = self.driver;
        self.judged(|limit| op(driver, limit), judge_nested, Cut::ByItself, |result| result).await
    }

    /// One future: an `async fn` that awaits another keeps its arguments twice, and futures are moved
    /// before they are polled.
    #[allow(clippy::manual_async_fn, reason = "an async fn keeps its arguments twice")]
    #[inline]
    pub(super) fn judged<T, E, O>(
        self,
        op: impl FnOnce(Option<Limit>) -> O,
        judge: impl FnOnce(&C, &P, O::Output) -> (Class, Result<T, Error<E>>),
        cut: Cut,
        finish: impl FnOnce(Result<T, Error<E>>) -> Result<T, Error<E>>,
    ) -> impl Future<Output = Result<T, Error<E>>>
    where
        O: Future,
    {
        async move {
            let clock = self.driver.clock();
            let deadline = self.ends_at();
            let mut held = self.held();
            match self.ask(&mut held, deadline) {
                Ok(()) => {}
                Err(NotAdmitted::Refused(refusal)) => return finish(Err(Error::Refused(refusal))),
                // Boxed, because it is large and rare.
                Err(NotAdmitted::Wait(wait)) => {
                    match Box::pin(asynchronous::admit(wait, clock)).await {
                        Ok(admitted) => held = admitted,
                        Err(refusal) => return finish(Err(Error::Refused(refusal))),
                    }
                }
            }
            let limit = Limit::new(clock, self.timeout, deadline);
            if limit.is_some_and(|limit| limit.is_over()) {
                return finish(Err(Error::Refused(held.refuse_late())));
            }
            let cut_at = limit.filter(|_| cut == Cut::ByDriver);
            let mut alarm = cut_at.map(|limit| Alarm::at(clock, limit.until));
            let mut held = &mut held;
            // Also if making the future panics. The first poll clears it.
            *held.panicked() = true;
            let mut running = pin!(Some(op(limit)));
            let output = poll_fn(|cx| advance(&mut held, running.as_mut(), &mut alarm, cx)).await;
            let judge = |output| judge(&self.classify, self.protection, output);
            finish(conclude(held, running, output, cut_at, judge))
        }
    }

    /// Runs `op` on this thread if all layers admit the call, and blocks the thread while a layer makes
    /// the call wait.
    ///
    /// A thread cannot be cut, so a timeout does not end `op`. If it has passed when `op` returns, the
    /// call counts as a failure, and the caller gets the result all the same.
    ///
    /// # Errors
    /// [`Error::Refused`] if a layer does not admit the call or its time is over; [`Error::Failed`] with
    /// `op`'s own error.
    ///
    /// # Panics
    /// If `op` panics; the call counts as [`Verdict::Panicked`](crate::Verdict::Panicked). If the call
    /// has to wait on the thread that drives its clock: see
    /// [`Clock::stops_with_this_thread`](crate::Clock::stops_with_this_thread).
    #[inline]
    pub fn run_blocking<T, E>(self, op: impl FnOnce() -> Result<T, E>) -> Result<T, Error<E>>
    where
        C: Classify<T, E>,
    {
        let clock = self.driver.clock();
        let deadline = self.ends_at();
        let mut held = self.held();
        // Not `admit_blocking`, so that a refusal is built in place.
        match self.ask(&mut held, deadline) {
            Ok(()) => {}
            Err(NotAdmitted::Refused(refusal)) => return Err(Error::Refused(refusal)),
            Err(NotAdmitted::Wait(wait)) => {
                held = blocking::block_on(Some(clock), asynchronous::admit(wait, clock))?;
            }
        }
        let limit = Limit::new(clock, self.timeout, deadline);
        if limit.is_some_and(|limit| limit.is_over()) {
            return Err(Error::Refused(held.refuse_late()));
        }
        let classify = |output: &_| self.classify.classify(output);
        // The result is built last, in place: one that is built earlier is moved.
        blocking::drive(&mut held, clock, limit, classify, op).map_err(Error::Failed)
    }

    /// Returns a permit to run an operation that cannot be handed over as a closure, if all layers
    /// admit the call.
    ///
    /// # Errors
    /// If a layer does not admit the call, or its deadline passed.
    pub fn acquire(self) -> impl Future<Output = Result<Permit<'p, P>, Refusal>> {
        self.permitted(|permit| permit)
    }

    async fn permitted<T>(self, finish: impl FnOnce(Permit<'p, P>) -> T) -> Result<T, Refusal> {
        let mut held = self.held();
        match self.ask(&mut held, self.ends_at()) {
            Ok(()) => {}
            Err(NotAdmitted::Refused(refusal)) => return Err(refusal),
            Err(NotAdmitted::Wait(wait)) => {
                held = Box::pin(asynchronous::admit(wait, self.driver.clock())).await?;
            }
        }
        Ok(finish(Permit::new(held)))
    }

    /// Returns a permit like [`Guarded::acquire`], and blocks this thread while a layer makes the call
    /// wait.
    ///
    /// # Errors
    /// If a layer does not admit the call, or its deadline passed.
    ///
    /// # Panics
    /// If the call has to wait on the thread that drives its clock: see
    /// [`Clock::stops_with_this_thread`](crate::Clock::stops_with_this_thread).
    pub fn acquire_blocking(self) -> Result<Permit<'p, P>, Refusal> {
        let mut held = self.held();
        self.admit_blocking(&mut held)?;
        Ok(Permit::new(held.blame_unwinding()))
    }

    /// Takes what the call needs. Dropping the reservation returns it.
    ///
    /// # Errors
    /// If a layer does not admit the call, or its deadline passed.
    pub fn reserve(self) -> impl Future<Output = Result<Reservation<'p, P>, Refusal>> {
        self.permitted(Reservation::new)
    }

    /// Takes what the call needs, and blocks this thread while a layer makes the call wait. Dropping
    /// the reservation returns it.
    ///
    /// # Errors
    /// If a layer does not admit the call, or its deadline passed.
    ///
    /// # Panics
    /// As [`Guarded::acquire_blocking`].
    pub fn reserve_blocking(self) -> Result<Reservation<'p, P>, Refusal> {
        self.acquire_blocking().map(Reservation::new)
    }

    /// Calls `ask` with the protection and the call as its layers would see it.
    pub(crate) fn with_call<T>(self, ask: impl FnOnce(&P, &Call<'_>) -> T) -> T {
        ask(self.protection, &self.call(None))
    }

    fn admit_blocking(&self, held: &mut Held<'p, P>) -> Result<(), Refusal> {
        match self.ask(held, self.ends_at()) {
            Ok(()) => Ok(()),
            Err(NotAdmitted::Refused(refusal)) => Err(refusal),
            Err(NotAdmitted::Wait(wait)) => {
                let clock = self.driver.clock();
                *held = blocking::block_on(Some(clock), asynchronous::admit(wait, clock))?;
                Ok(())
            }
        }
    }

    /// Asks all layers, unless the call has no time.
    #[inline(always)]
    fn ask<'c>(
        &'c self,
        held: &mut Held<'p, P>,
        deadline: Option<Tick>,
    ) -> Result<(), NotAdmitted<'p, 'c, P>> {
        let is_zero = |time: Option<Duration>| time.is_some_and(|time| time.is_zero());
        if is_zero(self.deadline) || is_zero(self.timeout) {
            return Err(NotAdmitted::Refused(held.refuse_unasked(self.key.key())));
        }
        admission::ask(held, self.call(deadline))
    }

    #[inline]
    fn held(&self) -> Held<'p, P> {
        Held::nothing(self.driver, self.protection, self.cost)
    }

    #[inline]
    fn ends_at(&self) -> Option<Tick> {
        self.deadline.map(|deadline| self.driver.clock().now() + deadline)
    }

    #[inline]
    fn call(&self, deadline: Option<Tick>) -> Call<'_> {
        let mut call =
            Call::on(self.driver.clock()).with_cost(self.cost).with_max_wait(self.max_wait);
        if let Some(key) = self.key.key() {
            call = call.with_key(key);
        }
        match deadline {
            Some(deadline) => call.with_deadline(deadline),
            None => call,
        }
    }
}

impl<P: Protection, K, C> std::fmt::Debug for Guarded<'_, P, K, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guarded")
            .field("by", self.protection.label())
            .field("cost", &self.cost)
            .field("deadline", &self.deadline)
            .field("timeout", &self.timeout)
            .field("max_wait", &self.max_wait)
            .finish_non_exhaustive()
    }
}
