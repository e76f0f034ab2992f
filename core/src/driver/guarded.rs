use std::future::{Future, poll_fn};
use std::num::NonZeroU32;
use std::pin::pin;
use std::time::Duration;

use super::admission::{self, Halt};
use super::asynchronous::{advance, conclude};
use super::held::Held;
use super::judge::{judge, judge_nested};
use super::limit::Limit;
use super::{Permit, Reservation, asynchronous, blocking};
use crate::deadline::Alarm;
use crate::protection::Protection;
use crate::{ByResult, Call, Class, Classify, Driver, Error, Key, KeyParts, Refusal, Tick};

/// One call through a protection: describe it, then run it.
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

/// Who ends an operation that has reached its limit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
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
    /// The key, if there is one.
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

    /// Lets the call cost `cost` tokens of each rate limit instead of one. A cost of zero counts as
    /// one.
    pub fn cost(mut self, cost: u32) -> Self {
        self.cost = NonZeroU32::new(cost).unwrap_or(NonZeroU32::MIN);
        self
    }

    /// Gives the whole call, waiting included, this long from when it is run. Passing it before
    /// the operation starts is a [`Refusal`], after that [`Error::TimedOut`].
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Gives the operation this long from when it starts.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Lets each layer put the call off for this long at most, whatever its own options say: zero
    /// for not at all. The deadline can only shorten it.
    pub fn max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = Some(max_wait);
        self
    }

    /// Decides by `classify` what a result says about the thing that was called; for want of it,
    /// `Ok` is a success and `Err` a failure.
    pub fn classify<N>(self, classify: N) -> Guarded<'p, P, K, N> {
        let Self { driver, protection, key, cost, deadline, timeout, max_wait, .. } = self;
        Guarded { driver, protection, key, cost, deadline, timeout, max_wait, classify }
    }
}

impl<'p, P: Protection, K: MaybeKey, C> Guarded<'p, P, K, C> {
    /// Asks for leave and runs `op` if it is given. Dropping the future cancels `op`, and the
    /// layers hear that it was abandoned.
    ///
    /// # Errors
    /// [`Error::Refused`] if a layer does not let the call through; [`Error::TimedOut`] if `op` was
    /// cut; [`Error::Failed`] with `op`'s own error.
    ///
    /// # Panics
    /// If `op` does; the layers hear of that.
    #[inline]
    pub fn run<T, E, O>(self, op: impl FnOnce() -> O) -> impl Future<Output = Result<T, Error<E>>>
    where
        O: Future<Output = Result<T, E>>,
        C: Classify<T, E>,
    {
        self.judged(|_| op(), |classify, _, output| judge(classify, output), Cut::ByDriver)
    }

    /// As [`Guarded::run`], for an operation that is itself a protected call: its refusals and
    /// timeouts come out as they are, and only failures to reach what is called count as such. A
    /// pool with no place left says nothing about the database behind it.
    ///
    /// # Errors
    /// As [`Guarded::run`], with `op`'s own refusals and timeouts among them.
    ///
    /// # Panics
    /// If `op` does; the layers hear of that.
    #[inline]
    pub fn run_nested<T, E, O>(
        self,
        op: impl FnOnce() -> O,
    ) -> impl Future<Output = Result<T, Error<E>>>
    where
        O: Future<Output = Result<T, Error<E>>>,
        C: Classify<T, E>,
    {
        self.judged(|_| op(), judge_nested, Cut::ByDriver)
    }

    /// As [`Guarded::run_nested`], for an operation that keeps to the limit it is given by itself:
    /// only it can say whether what was cut had begun.
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
        self.judged(|limit| op(driver, limit), judge_nested, Cut::ByItself).await
    }

    /// Not made of further `async fn`s: each would keep what it is given twice, and a future is moved
    /// before it is polled.
    #[allow(clippy::manual_async_fn, reason = "an async fn keeps what it is given twice")]
    #[inline]
    fn judged<T, E, O>(
        self,
        op: impl FnOnce(Option<Limit>) -> O,
        judge: impl FnOnce(&C, &P, O::Output) -> (Class, Result<T, Error<E>>),
        cut: Cut,
    ) -> impl Future<Output = Result<T, Error<E>>>
    where
        O: Future,
    {
        async move {
            let clock = self.driver.clock();
            let deadline = self.ends_at();
            let mut held = self.held();
            match admission::ask(&mut held, self.call(deadline)) {
                Ok(()) => {}
                Err(Halt::Refused(refusal)) => return Err(Error::Refused(refusal)),
                // Boxed, because it is large and seldom.
                Err(Halt::Wait(wait)) => held = Box::pin(asynchronous::admit(wait, clock)).await?,
            }
            let limit = Limit::of(clock, self.timeout, deadline);
            let cut_at = limit.filter(|_| cut == Cut::ByDriver);
            let mut alarm = cut_at.map(|limit| Alarm::at(clock, limit.until));
            let mut running = pin!(Some(op(limit)));
            let mut held = &mut held;
            let output = poll_fn(|cx| advance(&mut held, running.as_mut(), &mut alarm, cx)).await;
            let judge = |output| judge(&self.classify, self.protection, output);
            conclude(held, running, output, cut_at, judge)
        }
    }

    /// Asks for leave, blocking this thread while a layer makes the call wait, and runs `op` on it.
    ///
    /// A thread cannot be cut, so a timeout does not end `op`: when it is over, the layers hear of a
    /// failure, and the caller gets the result all the same.
    ///
    /// # Errors
    /// [`Error::Refused`] if a layer does not let the call through; [`Error::Failed`] with `op`'s
    /// own error.
    ///
    /// # Panics
    /// If `op` does; the layers hear of that.
    #[inline]
    pub fn run_blocking<T, E>(self, op: impl FnOnce() -> Result<T, E>) -> Result<T, Error<E>>
    where
        C: Classify<T, E>,
    {
        let clock = self.driver.clock();
        let deadline = self.ends_at();
        let mut held = self.held();
        // Not by `admit_blocking`: so a refusal is made where it is wanted.
        match admission::ask(&mut held, self.call(deadline)) {
            Ok(()) => {}
            Err(Halt::Refused(refusal)) => return Err(Error::Refused(refusal)),
            Err(Halt::Wait(wait)) => held = blocking::block_on(asynchronous::admit(wait, clock))?,
        }
        let limit = Limit::of(clock, self.timeout, deadline);
        let classify = |output: &_| self.classify.classify(output);
        // The result is made last, where it is wanted: one that is made earlier is moved.
        blocking::drive(&mut held, clock, limit, classify, op).map_err(Error::Failed)
    }

    /// Asks for leave to run something that cannot be handed over.
    ///
    /// # Errors
    /// If a layer does not let the call through.
    pub async fn acquire(self) -> Result<Permit<'p, P>, Refusal> {
        let mut held = self.held();
        match admission::ask(&mut held, self.call(self.ends_at())) {
            Ok(()) => {}
            Err(Halt::Refused(refusal)) => return Err(refusal),
            Err(Halt::Wait(wait)) => held = asynchronous::admit(wait, self.driver.clock()).await?,
        }
        Ok(Permit::new(held))
    }

    /// Asks for leave to run something that cannot be handed over, blocking this thread while a
    /// layer makes the call wait.
    ///
    /// # Errors
    /// If a layer does not let the call through.
    pub fn acquire_blocking(self) -> Result<Permit<'p, P>, Refusal> {
        let mut held = self.held();
        self.admit_blocking(&mut held, self.ends_at())?;
        Ok(Permit::new(held))
    }

    /// Takes what the call needs, for the time being: dropping the reservation gives it back.
    ///
    /// # Errors
    /// If a layer does not let the call through.
    pub async fn reserve(self) -> Result<Reservation<'p, P>, Refusal> {
        self.acquire().await.map(Reservation::new)
    }

    /// Takes what the call needs, for the time being, blocking this thread while a layer makes the
    /// call wait: dropping the reservation gives it back.
    ///
    /// # Errors
    /// If a layer does not let the call through.
    pub fn reserve_blocking(self) -> Result<Reservation<'p, P>, Refusal> {
        self.acquire_blocking().map(Reservation::new)
    }

    /// The protection, and the call as its layers would see it.
    pub(crate) fn with_call<T>(self, ask: impl FnOnce(&P, &Call<'_>) -> T) -> T {
        ask(self.protection, &self.call(None))
    }

    #[inline(always)]
    fn admit_blocking(
        &self,
        held: &mut Held<'p, P>,
        deadline: Option<Tick>,
    ) -> Result<(), Refusal> {
        match admission::ask(held, self.call(deadline)) {
            Ok(()) => Ok(()),
            Err(Halt::Refused(refusal)) => Err(refusal),
            Err(Halt::Wait(wait)) => {
                *held = blocking::block_on(asynchronous::admit(wait, self.driver.clock()))?;
                Ok(())
            }
        }
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
