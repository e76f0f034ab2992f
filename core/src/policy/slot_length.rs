use crate::Tick;

/// The time in slots.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SlotLength {
    /// 2⁶⁴ divided by the length in nanoseconds: a multiplication costs less than a division. A slot
    /// is longer than asked for by less than a billionth.
    per_nano: u64,
}

impl SlotLength {
    pub(crate) fn new(nanos: u64) -> Self {
        Self { per_nano: u64::MAX / nanos.max(1) }
    }

    /// Returns the slot that `at` is in.
    #[inline]
    pub(crate) fn slot(self, at: Tick) -> u64 {
        let product = u128::from(at.as_nanos()) * u128::from(self.per_nano);
        u64::try_from(product >> 64).unwrap_or(u64::MAX)
    }
}
