use crate::State;

/// A state, its generation and the flags of the fast path in one word, so that one load reads all.
///
/// A call carries the generation that it was admitted in. Its result counts only while that lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Phase(u64);

impl Phase {
    const STATE: u64 = 0b111;
    /// A success changes more than a counter: it needs the lock.
    pub(crate) const SUCCESS_LOCKS: u64 = 1 << 3;
    /// Each call needs the lock as it enters and as it ends.
    pub(crate) const ENTRY_LOCKS: u64 = 1 << 4;
    /// The window moves at a known time: each end reads the clock.
    pub(crate) const TIMED_WINDOW: u64 = 1 << 5;
    /// A call may be slow: it reads the clock as it enters and as it ends.
    pub(crate) const SLOW_CALLS: u64 = 1 << 6;
    /// An abandoned call is a failure.
    pub(crate) const ABANDONED_FAILS: u64 = 1 << 7;
    const GENERATION: u32 = 8;

    /// At a billion changes a second, generations last two years.
    pub(crate) const fn new(state: State, generation: u64) -> Self {
        Self(generation << Self::GENERATION | state as u64)
    }

    /// Sets `flag` if `is_set`.
    pub(crate) const fn with(self, flag: u64, is_set: bool) -> Self {
        if is_set { Self(self.0 | flag) } else { self }
    }

    #[inline]
    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(crate) const fn to_bits(self) -> u64 {
        self.0
    }

    #[inline]
    pub(crate) const fn state(self) -> State {
        // An array lookup would be checked; the compiler sees that this cannot miss.
        match self.0 & Self::STATE {
            0 => State::Closed,
            1 => State::Open,
            2 => State::HalfOpen,
            3 => State::Recovering,
            4 => State::ForcedOpen,
            5 => State::Disabled,
            _ => State::Observing,
        }
    }

    #[inline]
    pub(crate) const fn generation(self) -> u64 {
        self.0 >> Self::GENERATION
    }

    /// Returns true if a call is admitted without the lock, and ends without it if it decides nothing.
    #[inline]
    pub(crate) const fn admits_without_lock(self) -> bool {
        self.0 & (Self::STATE | Self::ENTRY_LOCKS) == State::Closed as u64
    }

    /// Returns true if a success is counted without the lock.
    #[inline]
    pub(crate) const fn succeeds_without_lock(self) -> bool {
        self.0 & (Self::STATE | Self::SUCCESS_LOCKS) == State::Closed as u64
    }

    #[inline]
    pub(crate) const fn has_timed_window(self) -> bool {
        self.0 & Self::TIMED_WINDOW != 0
    }

    #[inline]
    pub(crate) const fn has_slow_calls(self) -> bool {
        self.0 & Self::SLOW_CALLS != 0
    }

    pub(crate) const fn abandoned_fails(self) -> bool {
        self.0 & Self::ABANDONED_FAILS != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_keeps_its_state_generation_and_flags() {
        for (number, state) in State::ALL.iter().copied().enumerate() {
            assert_eq!(state as usize, number);
            let phase = Phase::new(state, 5).with(Phase::TIMED_WINDOW, true);
            let phase = phase.with(Phase::SUCCESS_LOCKS, true);
            assert_eq!((phase.state(), phase.generation()), (state, 5));
            assert!(phase.has_timed_window() && !phase.has_slow_calls());
            assert!(!phase.succeeds_without_lock() && !phase.abandoned_fails());
            assert_eq!(phase.admits_without_lock(), state == State::Closed);
            assert_eq!(Phase::from_bits(phase.to_bits()), phase);
        }
        let plain = Phase::new(State::Closed, 1).with(Phase::SUCCESS_LOCKS, false);
        assert!(plain.succeeds_without_lock());
    }
}
