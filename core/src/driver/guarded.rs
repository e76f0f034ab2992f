use std::future::Future;
use std::num::NonZeroU32;
use std::time::Duration;

use super::access::{Access, Borrowed, Owned};
use super::blocking;
use super::entering::Entering;
use super::judge::{Holding, Judge, Nested, Plain};
#[cfg(feature = "pool")]
use super::limit::Limit;
use super::permit::PermitVia;
use super::request::Request;
use super::reservation::ReservationVia;
use super::run::Run;
#[cfg(feature = "pool")]
use super::start::MakeLimited;
use super::start::{Given, Make};
use crate::policy::Policy;
use crate::protection::sealed::Layers;
use crate::time::Span;
use crate::{ByResult, Call, Classify, Error, Key, KeyParts, Refusal, Tick};

/// The future of [`Guarded::run_future`].
pub type RunFuture<'a, A, K, C, O> = Run<'a, A, K, C, Plain, Given<O>>;

/// The future of [`Guarded::run_future_held`].
pub type HeldFuture<'a, A, K, C, O> = Run<'a, A, K, C, Holding, Given<O>>;

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
pub struct GuardedVia<A, K = NoKey, C = ByResult> {
    access: A,
    key: K,
    cost: NonZeroU32,
    timeout: Span,
    /// The time to the deadline, from the begin of the call.
    within: Span,
    /// [`Tick::MAX`] if there is none.
    deadline: Tick,
    max_wait: Span,
    flags: Flags,
    classify: C,
}

/// What attempts of a call go by.
#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    /// The call may be repeated.
    pub(super) is_idempotent: bool,
    /// The caller of the request that this call serves attempts it again, so this call is not.
    pub(super) caller_retries: bool,
    /// The timeout is the one that was measured: further attempts have more.
    pub(super) is_timeout_measured: bool,
}

/// A call that borrows its driver and its protection.
pub type Guarded<'p, P, K = NoKey, C = ByResult> = GuardedVia<Borrowed<'p, P>, K, C>;

/// A call that owns a [`Handle`](super::Handle): its future, permit or reservation is `'static`.
pub type OwnedGuarded<P, K = NoKey, C = ByResult> = GuardedVia<Owned<P>, K, C>;

/// A call without a key.
#[derive(Clone, Copy, Debug)]
pub struct NoKey;

/// A call with a key.
#[derive(Clone, Copy, Debug)]
pub struct WithKey<K>(K);

/// A key, or none.
pub trait MaybeKey: Send + Sync {
    /// Returns the key, if there is one.
    fn key(&self) -> Option<Key<'_>>;
}

impl MaybeKey for NoKey {
    #[inline(always)]
    fn key(&self) -> Option<Key<'_>> {
        None
    }
}

impl<K: KeyParts + Send + Sync> MaybeKey for WithKey<K> {
    #[inline]
    fn key(&self) -> Option<Key<'_>> {
        Some(Key::new(&self.0))
    }
}

impl<K: MaybeKey> MaybeKey for &K {
    #[inline(always)]
    fn key(&self) -> Option<Key<'_>> {
        (**self).key()
    }
}

impl<A: Access> GuardedVia<A> {
    #[inline(always)]
    pub(super) fn new(access: A) -> Self {
        Self {
            access,
            key: NoKey,
            cost: NonZeroU32::MIN,
            timeout: Span::NONE,
            within: Span::NONE,
            deadline: Tick::MAX,
            max_wait: Span::NONE,
            flags: Flags::default(),
            classify: ByResult,
        }
    }

    /// With the limits that a handle keeps.
    #[inline(always)]
    pub(super) fn with_spans(mut self, timeout: Span, within: Span) -> Self {
        (self.timeout, self.within) = (timeout, within);
        self
    }
}

impl<A, K, C> GuardedVia<A, K, C> {
    /// Counts the call under `key`: see [`Key`] for what can be one.
    #[inline]
    pub fn key<N: KeyParts + Send + Sync>(self, key: N) -> GuardedVia<A, WithKey<N>, C> {
        self.map(|access, _, classify| (access, WithKey(key), classify))
    }

    /// Sets how many tokens of each rate limit the call costs; 1 by default. Zero counts as 1.
    #[inline]
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
    #[inline]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.within = Span::new(deadline);
        self
    }

    /// Shortens the [`deadline`](Self::deadline), if the call has a longer one or none: for the time that a
    /// request has which the call serves.
    #[inline]
    pub fn deadline_at_most(mut self, deadline: Duration) -> Self {
        let deadline = Span::new(deadline);
        if deadline < self.within {
            self.within = deadline;
        }
        self
    }

    /// Limits the whole call by a point in time of the driver's clock, such as the deadline of the
    /// request that it serves. Of this and [`deadline`](Self::deadline), the earlier one holds.
    #[inline]
    pub fn deadline_at(mut self, deadline: Tick) -> Self {
        self.deadline = deadline;
        self
    }

    /// Limits the time of the operation, from when it starts; after that the call ends as
    /// [`Error::TimedOut`]. With a timeout of zero the call is refused like one whose deadline has
    /// passed. Permits and reservations have no timeout.
    #[inline]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Span::new(timeout);
        self.flags.is_timeout_measured = false;
        self
    }

    /// Sets how long each layer may make the call wait, in place of the layer's own `max_wait`: zero
    /// for not at all. A deadline can only shorten it.
    #[inline]
    pub fn max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = Span::new(max_wait);
        self
    }

    /// Sets what decides what a result says about the service that was called. By default, `Ok` is a
    /// success and `Err` a failure.
    #[inline]
    pub fn classify<N>(self, classify: N) -> GuardedVia<A, K, N> {
        self.map(|access, key, _| (access, key, classify))
    }

    /// Says that the call may be repeated: running its operation twice does no more than running it once.
    /// Without that, an attempt that failed is made again only if the service never processed it.
    #[inline]
    pub fn idempotent(mut self) -> Self {
        self.flags.is_idempotent = true;
        self
    }

    /// Says that the call serves a request that is attempt `number` of its caller, from 1, as its header
    /// `x-envoy-attempt-count` tells. Above 1, the caller retries by itself, so the call is neither attempted
    /// again nor hedged: otherwise three services of four attempts each would make 64 of one request. The
    /// requests that the call sends in turn have the larger of `number` and their own attempt's.
    #[inline]
    pub fn serving_attempt(mut self, number: u32) -> Self {
        self.flags.caller_retries = number > 1;
        self
    }

    #[inline(always)]
    pub(super) fn map_access<B>(self, map: impl FnOnce(A) -> B) -> GuardedVia<B, K, C> {
        self.map(|access, key, classify| (map(access), key, classify))
    }

    #[inline(always)]
    fn map<B, L, D>(self, map: impl FnOnce(A, K, C) -> (B, L, D)) -> GuardedVia<B, L, D> {
        let Self { access, key, cost, timeout, within, deadline, max_wait, flags, classify } = self;
        let (access, key, classify) = map(access, key, classify);
        GuardedVia { access, key, cost, timeout, within, deadline, max_wait, flags, classify }
    }

    /// Sets the timeout that `policy` has measured, if it does, unless the call has a shorter one.
    pub(super) fn limited_by(mut self, policy: &Policy) -> Self {
        if let Some(measured) = policy.timeout().map(Span::new)
            && measured < self.timeout
        {
            self.timeout = measured;
            self.flags.is_timeout_measured = true;
        }
        self
    }

    #[inline(always)]
    pub(super) const fn flags(&self) -> Flags {
        self.flags
    }

    pub(super) fn map_classify<N>(self, map: impl FnOnce(C) -> N) -> GuardedVia<A, K, N> {
        self.map(|access, key, classify| (access, key, map(classify)))
    }

    /// Returns the deadline as a point in time, once it is fixed; [`Tick::MAX`] if there is none.
    pub(super) const fn ends_at(&self) -> Tick {
        self.deadline
    }

    pub(crate) fn access(&self) -> &A {
        &self.access
    }

    #[inline(always)]
    pub(super) fn split(self) -> (Request<A, K>, Span, C) {
        let Self { access, key, cost, timeout, within, deadline, max_wait, classify, .. } = self;
        (Request { access, key, cost, max_wait, within, deadline }, timeout, classify)
    }
}

impl<A: Access, K: MaybeKey, C> GuardedVia<A, K, C> {
    /// Fixes a deadline that is counted from the begin of the call: it begins now.
    pub(super) fn with_fixed_deadline(mut self) -> Self {
        if self.within.is_some() {
            let now = self.access.driver().clock().now();
            self.deadline = self.within.after(now).min(self.deadline);
            self.within = Span::NONE;
        }
        self
    }

    /// Runs `op` if all layers admit the call. Dropping the future cancels `op`, and the call counts
    /// as [`Verdict::Abandoned`](crate::Verdict::Abandoned).
    ///
    /// # Errors
    /// [`Error::Refused`] if a layer does not admit the call or its time is over; [`Error::TimedOut`]
    /// if `op` was cut; [`Error::Failed`] with `op`'s own error.
    ///
    /// # Panics
    /// If `op` panics; the call counts as [`Verdict::Panicked`](crate::Verdict::Panicked).
    #[inline(always)]
    pub fn run<'a, T, E, O>(
        self,
        op: impl FnOnce() -> O,
    ) -> impl Future<Output = Result<T, Error<E>>>
    where
        A: 'a,
        K: 'a,
        O: Future<Output = Result<T, E>>,
        C: Classify<T, E>,
    {
        let (request, timeout, classify) = self.split();
        Run::<'a, _, _, _, _, _>::new(request, timeout, classify, Plain, Make(op))
    }

    /// As [`run`](Self::run), for an operation that exists already: returns a future with a name, for
    /// a struct that keeps it. `operation` must do nothing before it is polled.
    #[inline(always)]
    pub fn run_future<'a, O: Future>(self, operation: O) -> RunFuture<'a, A, K, C, O> {
        let (request, timeout, classify) = self.split();
        Run::given(request, timeout, classify, Plain, operation)
    }

    /// As [`run_future`](Self::run_future), and completes with the value and the call's
    /// [`Place`](super::Place) in bulkheads, if it has one: for a response whose headers say how the call
    /// went while its body still streams. The place stays taken until it is dropped. A call that ends with an
    /// error keeps none.
    #[inline(always)]
    pub fn run_future_held<'a, O: Future>(self, operation: O) -> HeldFuture<'a, A, K, C, O> {
        let (request, timeout, classify) = self.split();
        Run::given(request, timeout, classify, Holding, operation)
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
    pub fn run_nested<'a, T, E, O>(
        self,
        op: impl FnOnce() -> O,
    ) -> impl Future<Output = Result<T, Error<E>>>
    where
        A: 'a,
        K: 'a,
        O: Future<Output = Result<T, Error<E>>>,
        C: Classify<T, E>,
    {
        let (request, timeout, classify) = self.split();
        Run::<'a, _, _, _, _, _>::new(request, timeout, classify, Nested, Make(op))
    }

    /// As [`run_nested`](Self::run_nested), for an operation that keeps to its limit by itself: only
    /// it knows whether what would be cut has begun.
    #[cfg(feature = "pool")]
    pub(crate) fn run_limited<'a, T, E, O>(
        self,
        op: impl FnOnce(Option<Limit>) -> O,
    ) -> impl Future<Output = Result<T, Error<E>>>
    where
        A: 'a,
        K: 'a,
        O: Future<Output = Result<T, Error<E>>>,
        C: Classify<T, E>,
    {
        let (request, timeout, classify) = self.split();
        Run::<'a, _, _, _, _, _>::new(request, timeout, classify, Nested, MakeLimited(op))
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
        let (request, timeout, classify) = self.split();
        blocking::run(request, timeout, |by, output| Plain.judge(&classify, by, output), op)
    }

    /// Runs `op`, which is itself a protected call, on this thread: as [`run_nested`](Self::run_nested)
    /// does and [`run_blocking`](Self::run_blocking).
    ///
    /// # Errors
    /// As [`Guarded::run_blocking`], with `op`'s own refusals and timeouts among them.
    ///
    /// # Panics
    /// As [`Guarded::run_blocking`].
    #[inline]
    pub fn run_nested_blocking<T, E>(
        self,
        op: impl FnOnce() -> Result<T, Error<E>>,
    ) -> Result<T, Error<E>>
    where
        C: Classify<T, E>,
    {
        let (request, timeout, classify) = self.split();
        blocking::run(request, timeout, |by, output| Nested.judge(&classify, by, output), op)
    }

    /// Returns the refusal of a call whose protection refuses every call: it is closed, or unknown.
    #[inline(always)]
    #[must_use]
    pub fn refused(&self) -> Option<&Refusal> {
        self.access.refusal()
    }

    /// Returns a permit to run an operation that cannot be handed over as a closure, if all layers
    /// admit the call.
    ///
    /// # Errors
    /// If a layer does not admit the call, or its deadline passed.
    #[inline]
    pub fn acquire<'a>(self) -> Entering<'a, A, K> {
        let (request, timeout, _) = self.split();
        Entering::new(request, timeout)
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
    pub fn acquire_blocking(self) -> Result<PermitVia<A>, Refusal> {
        let (request, timeout, _) = self.split();
        let (held, deadline) = blocking::enter(request)?;
        Ok(PermitVia::new((held.blame_unwinding(), deadline), timeout))
    }

    /// Takes what the call needs. Dropping the reservation returns it.
    ///
    /// # Errors
    /// If a layer does not admit the call, or its deadline passed.
    pub fn reserve<'a>(self) -> impl Future<Output = Result<ReservationVia<A>, Refusal>>
    where
        A: 'a,
        K: 'a,
    {
        let entering: Entering<'a, A, K> = self.acquire();
        async move { entering.await.map(ReservationVia::new) }
    }

    /// Takes what the call needs, and blocks this thread while a layer makes the call wait. Dropping
    /// the reservation returns it.
    ///
    /// # Errors
    /// If a layer does not admit the call, or its deadline passed.
    ///
    /// # Panics
    /// As [`Guarded::acquire_blocking`].
    pub fn reserve_blocking(self) -> Result<ReservationVia<A>, Refusal> {
        self.acquire_blocking().map(ReservationVia::new)
    }

    /// Passes the protection and the call, as its layers would see it, to `ask`.
    pub(crate) fn with_call<T>(self, ask: impl FnOnce(&A::Protection, &Call<'_>) -> T) -> T {
        let request = self.split().0;
        ask(request.access.protection(), &request.call(None))
    }
}

impl<A: Access, K, C> std::fmt::Debug for GuardedVia<A, K, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guarded")
            .field("by", self.access.protection().label())
            .field("cost", &self.cost)
            .field("deadline", &self.within.get())
            .field("timeout", &self.timeout.get())
            .field("max_wait", &self.max_wait.get())
            .finish_non_exhaustive()
    }
}
