/// The state of a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Calls go through, and failures are counted.
    Closed,
    /// Calls are refused.
    Open,
    /// One call at a time goes through, to find out.
    HalfOpen,
}

impl State {
    /// The name telemetry uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A state and which of its occurrences this is, in one word, so that both are read at once.
///
/// A call carries the generation it was admitted in. Its result counts only while that lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Phase(u64);

impl Phase {
    pub(crate) const START: Self = Self::new(State::Closed, 0);

    const fn new(state: State, generation: u64) -> Self {
        Self(generation << 2 | state as u64)
    }

    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(crate) const fn to_bits(self) -> u64 {
        self.0
    }

    pub(crate) const fn state(self) -> State {
        match self.0 & 3 {
            0 => State::Closed,
            1 => State::Open,
            _ => State::HalfOpen,
        }
    }

    /// The phase of `state` that follows this one. At a billion changes a second, generations last
    /// 146 years.
    pub(crate) const fn next(self, state: State) -> Self {
        Self::new(state, (self.0 >> 2) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_keeps_its_state_and_differs_from_all_before() {
        let mut phase = Phase::START;
        for state in [State::Open, State::HalfOpen, State::HalfOpen, State::Closed, State::Closed] {
            let next = phase.next(state);
            assert_eq!(next.state(), state);
            assert_ne!(next, phase);
            assert_eq!(Phase::from_bits(next.to_bits()), next);
            phase = next;
        }
    }
}
