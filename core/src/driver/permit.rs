use super::held::Held;
use crate::protection::Protection;
use crate::{Class, Verdict};

/// The right to run one operation, for those who cannot hand the operation over: every layer has
/// let the call through and waits to hear how it ended.
///
/// A permit that is dropped counts as [`Verdict::Abandoned`], or as [`Verdict::Panicked`] if a panic
/// drops it.
#[must_use = "a permit that is dropped counts as an abandoned call"]
pub struct Permit<'p, P: Protection>(Held<'p, P>);

impl<'p, P: Protection> Permit<'p, P> {
    pub(super) fn new(held: Held<'p, P>) -> Self {
        Self(held)
    }

    /// The operation worked.
    pub fn success(self) {
        self.settle(Verdict::Success);
    }

    /// The operation failed.
    pub fn failure(self) {
        self.settle(Verdict::Failure);
    }

    /// The operation ended, and that says `class`: a [`Verdict`] or a [`Class`].
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
