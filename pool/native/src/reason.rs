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
    Removed,
    ShutDown,
}

impl Reason {
    /// Returns true if the resource is good and is closed in time; otherwise it is cancelled.
    pub(crate) const fn is_graceful(self) -> bool {
        matches!(
            self,
            Self::TooOld | Self::IdleTooLong | Self::Surplus | Self::Removed | Self::ShutDown
        )
    }

    /// Counts a resource closed for this reason.
    pub(crate) fn count(self, closed: &mut Closed) {
        *match self {
            Self::Broken => &mut closed.broken,
            Self::FailedCheck => &mut closed.failed_check,
            Self::CutCheck => &mut closed.cut_check,
            Self::Suspect => &mut closed.suspect,
            Self::Abandoned => &mut closed.abandoned,
            Self::TooOld => &mut closed.too_old,
            Self::IdleTooLong => &mut closed.idle_too_long,
            Self::Surplus => &mut closed.surplus,
            Self::Removed => &mut closed.removed,
            Self::ShutDown => &mut closed.shut_down,
        } += 1;
    }
}
