use std::num::NonZeroU32;

/// One run of an operation, of perhaps several for the same call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attempt {
    number: NonZeroU32,
    is_hedge: bool,
}

impl Attempt {
    /// The first one.
    pub(crate) const FIRST: Self = Self { number: NonZeroU32::MIN, is_hedge: false };

    /// Returns the number of the attempt, from 1: what HTTP has as `x-envoy-attempt-count`.
    #[inline]
    #[must_use]
    pub const fn number(self) -> u32 {
        self.number.get()
    }

    /// Returns true if the call was sent before.
    #[must_use]
    pub const fn is_extra(self) -> bool {
        self.number() > 1
    }

    /// Returns true if the attempt before it has not ended: send it to another endpoint, if there are
    /// several.
    #[must_use]
    pub const fn is_hedge(self) -> bool {
        self.is_hedge
    }

    /// Returns the next one, after this one has failed.
    pub(crate) const fn next(self) -> Self {
        Self { number: self.number.saturating_add(1), is_hedge: false }
    }

    /// Returns the next one, while this one runs.
    pub(crate) const fn hedge(self) -> Self {
        Self { is_hedge: true, ..self.next() }
    }
}
