use std::time::Duration;

use super::access::{Access, Borrowed, Owned};
use super::driving::Driving;
use super::held::Held;
use super::limit::Limit;
use super::place::{Kept, Place};
use crate::protection::sealed::Layers;
use crate::time::Span;
use crate::{Class, Tick, Verdict};

/// The right to run one operation that cannot be handed over as a closure. Every layer has admitted
/// the call and waits to hear how it ended.
///
/// A permit that is dropped counts as [`Verdict::Abandoned`]. One from
/// [`acquire_blocking`](crate::Guarded::acquire_blocking) counts as [`Verdict::Panicked`] if a panic
/// drops it; one from [`acquire`](crate::Guarded::acquire) does not, since a panic anywhere in a task
/// drops all that the task holds. A timeout does not end it: [`drive`](Self::drive) keeps to that.
#[must_use = "a permit that is dropped counts as an abandoned call"]
pub struct PermitVia<A: Access> {
    pub(super) held: Held<A>,
    /// The time for an operation that [`drive`](Self::drive) runs.
    pub(super) timeout: Span,
    pub(super) deadline: Tick,
}

/// A permit that borrows its driver and its protection.
pub type Permit<'p, P> = PermitVia<Borrowed<'p, P>>;

/// A permit that owns what it needs, and is `'static`.
pub type OwnedPermit<P> = PermitVia<Owned<P>>;

impl<A: Access> PermitVia<A> {
    pub(super) fn new((held, deadline): (Held<A>, Tick), timeout: Span) -> Self {
        Self { held, timeout, deadline }
    }

    /// Runs `operation`, and cuts it at the timeout or the deadline of the call, whichever is earlier;
    /// the timeout begins when the returned future is first polled. Completes with the output and the
    /// permit, for an output that says how the call went, and whose use keeps its place: see
    /// [`report`](Self::report). Dropping the future cancels `operation`, and the call counts as
    /// [`Verdict::Abandoned`].
    ///
    /// The returned future completes with [`Error::TimedOut`](crate::Error::TimedOut) if `operation`
    /// was cut, which counts as a failure, and with [`Error::Refused`](crate::Error::Refused) if there
    /// was no time left at its first poll. If `operation` panics, so does it, and the call counts as
    /// [`Verdict::Panicked`].
    pub fn drive<O: Future>(self, operation: O) -> Driving<A, O> {
        Driving::new(self, operation)
    }

    /// Returns the time that an operation would have if it began now: until its timeout or the deadline of
    /// the call, whichever is earlier. `None` if there is neither.
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        let clock = self.held.access.driver().clock();
        Limit::new(clock, self.timeout, self.deadline, None).map(Limit::length)
    }

    /// Ends the call as a success.
    pub fn success(self) {
        self.settle(Verdict::Success);
    }

    /// Ends the call as a failure.
    pub fn failure(self) {
        self.settle(Verdict::Failure);
    }

    /// Ends the call with a [`Verdict`] or a [`Class`].
    ///
    /// Code that sends several attempts of the same work ends those that lost with
    /// [`Verdict::Superseded`].
    #[inline]
    pub fn settle(mut self, class: impl Into<Class>) {
        self.held.settle(class.into(), false);
    }

    /// Ends the call at all layers but bulkheads, whose places stay taken until the returned
    /// [`Place`] is dropped: for a response whose headers say how the call went while its body still
    /// streams.
    pub fn report(mut self, class: impl Into<Class>) -> Place<A>
    where
        A: Clone,
    {
        let Held { access, taken } = &mut self.held;
        Kept::after(access, taken, class.into()).by(access.clone())
    }
}

impl<A: Access> std::fmt::Debug for PermitVia<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Permit({})", self.held.access.protection().label())
    }
}
