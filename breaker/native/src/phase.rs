/// The state of a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum State {
    /// Calls go through, and are counted.
    Closed,
    /// Calls are refused.
    Open,
    /// A few calls go through, to find out.
    HalfOpen,
    /// The probes have succeeded, and a rising share of calls goes through.
    Recovering,
    /// Calls are refused until someone says otherwise.
    ForcedOpen,
    /// Calls go through and nothing is counted, until someone says otherwise.
    Disabled,
    /// Calls go through and are counted, but nothing is refused, until someone says otherwise.
    Observing,
}

impl State {
    pub(crate) const ALL: [Self; 7] = [
        Self::Closed,
        Self::Open,
        Self::HalfOpen,
        Self::Recovering,
        Self::ForcedOpen,
        Self::Disabled,
        Self::Observing,
    ];

    /// The name telemetry uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
            Self::Recovering => "recovering",
            Self::ForcedOpen => "forced_open",
            Self::Disabled => "disabled",
            Self::Observing => "observing",
        }
    }

    /// Has someone put it there?
    pub(crate) const fn is_manual(self) -> bool {
        matches!(self, Self::ForcedOpen | Self::Disabled | Self::Observing)
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A state, which of its occurrences this is, and what a call has to mind, in one word, so that all
/// are read at once.
///
/// A call carries the occurrence it was admitted in. Its result counts only while that
/// lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Phase(u64);

/// What a call through a closed circuit has to mind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mind {
    /// A success changes more than a count: it needs the lock.
    pub(crate) success: bool,
    /// Entering does: it needs the lock.
    pub(crate) entry: bool,
    /// The window moves at a known time: look at the clock.
    pub(crate) time: bool,
    /// A call may be slow: look at the clock when it enters and when it ends.
    pub(crate) slow: bool,
}

impl Phase {
    const STATE: u64 = 0b111;
    const SUCCESS: u64 = 1 << 3;
    const ENTRY: u64 = 1 << 4;
    const TIME: u64 = 1 << 5;
    const SLOW: u64 = 1 << 6;

    /// At a billion changes a second, generations last 4 years.
    pub(crate) fn new(state: State, generation: u64, mind: Mind) -> Self {
        let bit = |set, bit| if set { bit } else { 0 };
        Self(
            generation << 7
                | bit(mind.success, Self::SUCCESS)
                | bit(mind.entry, Self::ENTRY)
                | bit(mind.time, Self::TIME)
                | bit(mind.slow, Self::SLOW)
                | state as u64,
        )
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

    /// Which occurrence of a state this is.
    #[inline]
    pub(crate) const fn episode(self) -> u64 {
        self.0 >> 7
    }

    /// May a call enter without the lock?
    #[inline]
    pub(crate) const fn is_open_door(self) -> bool {
        self.0 & (Self::STATE | Self::ENTRY) == State::Closed as u64
    }

    /// May a success be counted without the lock?
    #[inline]
    pub(crate) const fn is_plain(self) -> bool {
        self.0 & (Self::STATE | Self::SUCCESS) == State::Closed as u64
    }

    #[inline]
    pub(crate) const fn minds_time(self) -> bool {
        self.0 & Self::TIME != 0
    }

    #[inline]
    pub(crate) const fn minds_slow(self) -> bool {
        self.0 & Self::SLOW != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_keeps_what_it_is_made_of() {
        let mind = Mind { success: true, entry: false, time: true, slow: false };
        for (number, state) in State::ALL.into_iter().enumerate() {
            assert_eq!(state as usize, number);
            let phase = Phase::new(state, 5, mind);
            assert_eq!(phase.state(), state);
            assert!(phase.minds_time() && !phase.minds_slow() && !phase.is_plain());
            assert_eq!(phase.episode(), Phase::new(state, 5, Mind::default()).episode());
            assert_ne!(phase.episode(), Phase::new(state, 6, mind).episode());
            assert_eq!(phase.is_open_door(), state == State::Closed);
            assert_eq!(Phase::from_bits(phase.to_bits()), phase);
        }
        assert!(Phase::new(State::Closed, 1, Mind::default()).is_plain());
    }
}
