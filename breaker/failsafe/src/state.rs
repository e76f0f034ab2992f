use crate::machine::Machine;

/// The state of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Closed,
    Open,
    HalfOpen,
}

impl State {
    /// Reads the state of `machine` from its `Debug`: failsafe shows it nowhere else.
    pub(crate) fn of(machine: &dyn Machine) -> Self {
        match format!("{machine:?}") {
            shown if shown.contains("half_open") => Self::HalfOpen,
            shown if shown.contains("open") => Self::Open,
            _ => Self::Closed,
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }

    /// Returns the cause of a change to `to`.
    pub(crate) const fn cause(self, to: Self) -> &'static str {
        match (self, to) {
            (Self::Closed, Self::Open) => "failure policy",
            (Self::Open, Self::HalfOpen) => "reset time over",
            (Self::HalfOpen, Self::Open) => "probe failed",
            (Self::HalfOpen, Self::Closed) => "probe succeeded",
            // Another user of the machine made a change in between.
            _ => "changed elsewhere",
        }
    }
}
