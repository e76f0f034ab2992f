seawall_core::__named! {
    /// The state of a circuit.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
    #[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
    #[non_exhaustive]
    pub enum State {
        /// Calls are admitted and counted.
        Closed = "closed",
        /// Calls are refused.
        Open = "open",
        /// A few calls are admitted as probes, the others are refused.
        HalfOpen = "half_open",
        /// The probes have succeeded, and a rising share of calls is admitted.
        Recovering = "recovering",
        /// Calls are refused until manual control changes that.
        ForcedOpen = "forced_open",
        /// Calls are admitted and nothing is counted, until manual control changes that.
        Disabled = "disabled",
        /// Calls are admitted and counted, but nothing is refused, until manual control changes that.
        Observing = "observing",
    }
}

impl State {
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
