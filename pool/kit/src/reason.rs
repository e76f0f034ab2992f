use seawall_core::pool::Closed;

/// Why a resource is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Broken,
    FailedCheck,
    CutCheck,
    Suspect,
    Abandoned,
    TooOld,
    IdleTooLong,
    Surplus,
    ShutDown,
}

impl Reason {
    pub(crate) const COUNT: usize = 9;

    /// Where the status counts it.
    pub(crate) fn field(self, closed: &mut Closed) -> &mut u64 {
        match self {
            Self::Broken => &mut closed.broken,
            Self::FailedCheck => &mut closed.failed_check,
            Self::CutCheck => &mut closed.cut_check,
            Self::Suspect => &mut closed.suspect,
            Self::Abandoned => &mut closed.abandoned,
            Self::TooOld => &mut closed.too_old,
            Self::IdleTooLong => &mut closed.idle_too_long,
            Self::Surplus => &mut closed.surplus,
            Self::ShutDown => &mut closed.shut_down,
        }
    }

    pub(crate) const ALL: [Self; Self::COUNT] = [
        Self::Broken,
        Self::FailedCheck,
        Self::CutCheck,
        Self::Suspect,
        Self::Abandoned,
        Self::TooOld,
        Self::IdleTooLong,
        Self::Surplus,
        Self::ShutDown,
    ];
}
