use std::future::Future;
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::access::{Either, Lent, Owned, Shared};
use super::{Driver, FallbackTo, GuardedVia, NoKey};
use crate::policy::Policy;
use crate::protection::Protection;
use crate::time::Span;
use crate::{ByResult, Classify, Error, Layer, Refusal};

/// A protection together with the driver that leads its calls: owned, `'static` and cheap to clone,
/// for a spawned task, a service or a response body. Clones are the same protection.
///
/// `C` is the classifier of its calls; by default, `Ok` is a success and `Err` a failure.
///
/// ```
/// use seawall_core::{Driver, Dynamic};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let payments = Driver::new().handle(Dynamic::new("payments", vec![])?);
/// let task = async move { payments.owned().run(async || Ok::<_, std::io::Error>(42)).await };
/// // The task owns what it needs: `tokio::spawn(task)`.
/// assert_eq!(task.await?, 42);
/// # Ok(())
/// # }
/// ```
pub struct Handle<P: Protection, C = ByResult> {
    pub(super) access: Owned<P>,
    pub(super) classify: C,
}

impl<P: Protection, C: Clone> Clone for Handle<P, C> {
    #[inline]
    fn clone(&self) -> Self {
        Self { access: self.access.clone(), classify: self.classify.clone() }
    }
}

impl Driver {
    /// Returns an owned handle to `protection`, whose calls this driver leads.
    #[must_use]
    pub fn handle<P: Protection>(&self, protection: P) -> Handle<P> {
        let (driver, timeout, deadline) = (self.clone(), Span::NONE, Span::NONE);
        let (policy, fallback, refusal) = (None, None, None);
        let watch = driver.watch;
        let shared = Shared {
            driver,
            protection,
            timeout,
            deadline,
            policy,
            fallback,
            watch,
            refusal,
            is_special: false,
        };
        Handle { access: Owned(Arc::new(shared)), classify: ByResult }
    }
}

impl<P> Shared<P> {
    /// Limits a call by what was measured.
    #[cold]
    fn limited<A, K, D>(&self, call: GuardedVia<A, K, D>) -> GuardedVia<A, K, D> {
        match &self.policy {
            Some(policy) => call.limited_by(policy),
            None => call,
        }
    }
}

impl<P: Protection, C> Handle<P, C> {
    /// Sets the timeout and the deadline of calls that set none themselves: see
    /// [`GuardedVia::timeout`] and [`GuardedVia::deadline`]. Earlier clones keep theirs.
    #[must_use]
    pub fn with_limits(self, timeout: Option<Duration>, deadline: Option<Duration>) -> Self
    where
        P: Clone,
    {
        let (timeout, deadline) = (Span::maybe(timeout), Span::maybe(deadline));
        self.with(|shared| Shared { timeout, deadline, ..shared })
    }

    /// Sets the policy of the calls: which are attempted again, and what bounds that. Earlier clones keep
    /// theirs.
    ///
    /// Calls of [`run_attempts`](GuardedVia::run_attempts) go by it. Those whose operation runs only once
    /// make one attempt, and emit [`Topic::RetrySkipped`](crate::Topic::RetrySkipped).
    #[must_use]
    pub fn with_policy(self, policy: Policy) -> Self
    where
        P: Clone,
    {
        let watch = self.driver().watch.measuring(&policy);
        self.with(|shared| Shared { policy: Some(policy), watch, ..shared })
    }

    /// Returns the policy of the calls, if they have one.
    #[must_use]
    pub fn policy(&self) -> Option<&Policy> {
        self.shared().policy.as_ref()
    }

    /// Sets the protection whose calls replace errors of calls that are run with
    /// [`run_or_fallback`](GuardedVia::run_or_fallback). Earlier clones keep theirs.
    #[must_use]
    pub fn with_fallback(self, fallback: FallbackTo<P>) -> Self
    where
        P: Clone,
    {
        self.with(|shared| Shared { fallback: Some(Arc::new(fallback)), ..shared })
    }

    /// Changes a copy of what earlier clones share.
    fn with(self, change: impl FnOnce(Shared<P>) -> Shared<P>) -> Self
    where
        P: Clone,
    {
        let shared = self.shared();
        let copy = Shared {
            driver: shared.driver.clone(),
            protection: shared.protection.clone(),
            timeout: shared.timeout,
            deadline: shared.deadline,
            policy: shared.policy.clone(),
            fallback: shared.fallback.clone(),
            watch: shared.watch,
            refusal: shared.refusal.clone(),
            is_special: false,
        };
        let shared = change(copy);
        let limits = shared.policy.as_ref().is_some_and(|policy| policy.timeout().is_some());
        let shared = Shared { is_special: limits || shared.refusal.is_some(), ..shared };
        Self { access: Owned(Arc::new(shared)), classify: self.classify }
    }

    /// Refuses every call with `refusal`, without asking a layer. Earlier clones keep admitting calls.
    #[must_use]
    pub fn refusing(self, refusal: Refusal) -> Self
    where
        P: Clone,
    {
        self.with(|shared| Shared { refusal: Some(refusal), fallback: None, ..shared })
    }

    /// Returns true if `other` is a clone of this handle, with whatever classifier.
    #[inline]
    #[must_use]
    pub fn is<N>(&self, other: &Handle<P, N>) -> bool {
        Arc::ptr_eq(&self.access.0, &other.access.0)
    }

    /// Returns a reference to what the clones of this handle share, which does not keep it.
    #[must_use]
    pub fn downgrade(&self) -> WeakHandle<P> {
        WeakHandle(Arc::downgrade(&self.access.0))
    }

    /// Returns the number of clones of this handle and of calls that own one, this one included.
    #[must_use]
    pub fn reference_count(&self) -> usize {
        Arc::strong_count(&self.access.0)
    }

    /// Sets the classifier of calls that set none themselves: see [`GuardedVia::classify`]. Each call
    /// clones it. Earlier clones of the handle keep theirs.
    #[must_use]
    pub fn with_classifier<N>(self, classify: N) -> Handle<P, N> {
        Handle { access: self.access, classify }
    }

    #[inline(always)]
    fn shared(&self) -> &Shared<P> {
        &self.access.0
    }

    /// Returns the protection.
    #[must_use]
    pub fn protection(&self) -> &P {
        &self.shared().protection
    }

    /// Returns the driver that leads the calls.
    #[must_use]
    pub fn driver(&self) -> &Driver {
        &self.shared().driver
    }

    /// Returns the layer that stands for the whole protection.
    #[must_use]
    pub fn layer(&self) -> &Layer {
        self.protection().label()
    }

    /// Describes a call that borrows this handle: the cheapest, since it counts no reference.
    #[inline(always)]
    pub fn call(&self) -> GuardedVia<Lent<'_, P>, NoKey, C>
    where
        C: Clone,
    {
        let shared = self.shared();
        if shared.is_special {
            return self.call_specially();
        }
        let call = GuardedVia::new(Lent(Either::Borrowed(shared)));
        call.with_spans(shared.timeout, shared.deadline).classify(self.classify.clone())
    }

    #[cold]
    #[inline(never)]
    fn call_specially(&self) -> GuardedVia<Lent<'_, P>, NoKey, C>
    where
        C: Clone,
    {
        let shared = self.shared();
        if shared.refusal.is_some() {
            return self.clone().into_call();
        }
        let call = GuardedVia::new(Lent(Either::Borrowed(shared)));
        let call = call.with_spans(shared.timeout, shared.deadline);
        shared.limited(call).classify(self.classify.clone())
    }

    /// Describes a call that owns this handle, of the same type as a call that borrows one.
    #[cold]
    #[inline(never)]
    pub fn into_call<'h>(self) -> GuardedVia<Lent<'h, P>, NoKey, C> {
        let Shared { timeout, deadline, .. } = *self.shared();
        let call = GuardedVia::new(Lent(Either::Owned(self.access.clone())));
        let call = call.with_spans(timeout, deadline);
        self.shared().limited(call).classify(self.classify)
    }

    /// Describes a call that owns a clone of this handle, so that its future, permit or reservation
    /// is `'static`.
    #[inline(always)]
    pub fn owned(&self) -> GuardedVia<Owned<P>, NoKey, C>
    where
        C: Clone,
    {
        let shared = self.shared();
        let call = GuardedVia::new(self.access.clone());
        let mut call = call.with_spans(shared.timeout, shared.deadline);
        if shared.is_special {
            call = shared.limited(call);
        }
        call.classify(self.classify.clone())
    }

    /// Runs `op` under the protection: short for `self.call().run(op)`.
    ///
    /// # Errors
    /// As [`GuardedVia::run`].
    #[inline(always)]
    pub fn run<T, E, O>(&self, op: impl FnOnce() -> O) -> impl Future<Output = Result<T, Error<E>>>
    where
        O: Future<Output = Result<T, E>>,
        C: Classify<T, E> + Clone,
    {
        self.call().run(op)
    }

    /// Runs `op` on this thread: short for `self.call().run_blocking(op)`.
    ///
    /// # Errors
    /// As [`GuardedVia::run_blocking`].
    #[inline]
    pub fn run_blocking<T, E>(&self, op: impl FnOnce() -> Result<T, E>) -> Result<T, Error<E>>
    where
        C: Classify<T, E> + Clone,
    {
        self.call().run_blocking(op)
    }
}

/// A reference to a protection that does not keep it: see [`Handle::downgrade`].
pub struct WeakHandle<P: Protection>(Weak<Shared<P>>);

impl<P: Protection> WeakHandle<P> {
    /// Returns a handle if the protection is still used.
    #[must_use]
    pub fn upgrade(&self) -> Option<Handle<P>> {
        self.0.upgrade().map(|shared| Handle { access: Owned(shared), classify: ByResult })
    }
}

impl<P: Protection> std::fmt::Debug for WeakHandle<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("WeakHandle").field(&self.upgrade()).finish()
    }
}

impl<P: Protection, C> std::fmt::Debug for Handle<P, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Handle").field(self.layer()).finish()
    }
}
