use std::num::NonZeroU32;

/// One run of an operation, of perhaps several for the same call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attempt(NonZeroU32);

impl Attempt {
    /// The first one.
    pub(crate) const FIRST: Self = Self(NonZeroU32::MIN);

    /// Returns the number of the attempt, from 1: what HTTP has as `x-envoy-attempt-count`.
    #[inline]
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0.get()
    }

    /// Returns true if the call was sent before.
    #[must_use]
    pub const fn is_extra(self) -> bool {
        self.number() > 1
    }

    /// Returns the next one.
    pub(crate) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}
