use super::access::{Access, Borrowed, Owned};
use super::held::Held;
use super::place::Place;
use crate::protection::sealed::Layers;
use crate::{Class, Verdict};

/// The right to run one operation that cannot be handed over as a closure. Every layer has admitted
/// the call and waits to hear how it ended.
///
/// A permit that is dropped counts as [`Verdict::Abandoned`]. One from
/// [`acquire_blocking`](crate::Guarded::acquire_blocking) counts as [`Verdict::Panicked`] if a panic
/// drops it; one from [`acquire`](crate::Guarded::acquire) does not, since a panic anywhere in a task
/// drops all that the task holds.
#[must_use = "a permit that is dropped counts as an abandoned call"]
pub struct PermitVia<A: Access>(Held<A>);

/// A permit that borrows its driver and its protection.
pub type Permit<'p, P> = PermitVia<Borrowed<'p, P>>;

/// A permit that owns what it needs, and is `'static`.
pub type OwnedPermit<P> = PermitVia<Owned<P>>;

impl<A: Access> PermitVia<A> {
    pub(super) fn new(held: Held<A>) -> Self {
        Self(held)
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
        self.0.settle(class.into(), false);
    }

    /// Ends the call at all layers but bulkheads, whose places stay taken until the returned
    /// [`Place`] is dropped: for a response whose headers say how the call went while its body still
    /// streams.
    pub fn report(mut self, class: impl Into<Class>) -> Place<A>
    where
        A: Clone,
    {
        Place::after(&mut self.0, class.into())
    }
}

impl<A: Access> std::fmt::Debug for PermitVia<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Permit({})", self.0.access.protection().label())
    }
}
