use super::held::Held;
use crate::protection::Protection;
use crate::{Class, Verdict};

/// The right to run one operation that cannot be handed over as a closure. Every layer has admitted
/// the call and waits to hear how it ended.
///
/// A permit that is dropped counts as [`Verdict::Abandoned`]. One from
/// [`acquire_blocking`](crate::Guarded::acquire_blocking) counts as [`Verdict::Panicked`] if a panic
/// drops it; one from [`acquire`](crate::Guarded::acquire) does not, since a panic anywhere in a task
/// drops all that the task holds.
#[must_use = "a permit that is dropped counts as an abandoned call"]
pub struct Permit<'p, P: Protection>(Held<'p, P>);

impl<'p, P: Protection> Permit<'p, P> {
    pub(super) fn new(held: Held<'p, P>) -> Self {
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
}

impl<P: Protection> std::fmt::Debug for Permit<'_, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Permit({})", self.0.protection.label())
    }
}
