use std::fmt;

/// The state of a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum State {
    /// Calls are admitted and counted.
    Closed,
    /// Calls are refused.
    Open,
    /// A few calls are admitted as probes, the others are refused.
    HalfOpen,
    /// The probes have succeeded, and a rising share of calls is admitted.
    Recovering,
    /// Calls are refused until manual control changes that.
    ForcedOpen,
    /// Calls are admitted and nothing is counted, until manual control changes that.
    Disabled,
    /// Calls are admitted and counted, but nothing is refused, until manual control changes that.
    Observing,
}

impl State {
    /// All states.
    pub const ALL: [Self; 7] = [
        Self::Closed,
        Self::Open,
        Self::HalfOpen,
        Self::Recovering,
        Self::ForcedOpen,
        Self::Disabled,
        Self::Observing,
    ];

    /// Returns the name that telemetry uses, in snake case.
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

    /// Returns true if only manual control leads into this state and out of it.
    pub(crate) const fn is_manual(self) -> bool {
        matches!(self, Self::ForcedOpen | Self::Disabled | Self::Observing)
    }

    /// Returns true if calls that need not be sent, such as retries, are welcome. Those that probe a
    /// circuit are not to be among them.
    pub(crate) const fn accepts_extra(self) -> bool {
        matches!(self, Self::Closed | Self::Disabled | Self::Observing)
    }

    /// Returns true if rules count the calls that end in this state.
    pub(crate) const fn counts_calls(self) -> bool {
        matches!(self, Self::Closed | Self::Recovering | Self::Observing)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
