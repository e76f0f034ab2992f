/// The reason why a pool closes a resource: a field of [`Closed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
#[allow(missing_docs, reason = "the fields of `Closed` have them")]
pub enum CloseReason {
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

impl CloseReason {
    /// Returns true if the resource is good and is closed in time; otherwise it is cancelled.
    pub const fn is_graceful(self) -> bool {
        matches!(
            self,
            Self::TooOld | Self::IdleTooLong | Self::Surplus | Self::Removed | Self::ShutDown
        )
    }
}

/// Numbers of closed resources, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closed {
    /// [`Manage::is_broken`](super::Manage::is_broken) returned true when they were returned.
    pub broken: u64,
    /// [`Manage::check`](super::Manage::check) or [`reset`](super::Manage::reset) failed.
    pub failed_check: u64,
    /// The check or the reset did not end: it was cut by the deadline, its caller went away, or it
    /// panicked.
    pub cut_check: u64,
    /// They were idle while the checks of two others, or a check and a connect, took too long: see
    /// `check_timeout`.
    pub suspect: u64,
    /// Their use was cut, was dropped or panicked, or the borrower discarded them.
    pub abandoned: u64,
    /// They were too old.
    pub too_old: u64,
    /// They were idle for too long.
    pub idle_too_long: u64,
    /// They were surplus: overflow that no caller waited for, or the pool was made smaller.
    pub surplus: u64,
    /// They were taken out of the pool, or removed on request.
    pub removed: u64,
    /// The pool was closed.
    pub shut_down: u64,
}

impl Closed {
    /// No resources closed.
    pub const NONE: Self = Self {
        broken: 0,
        failed_check: 0,
        cut_check: 0,
        suspect: 0,
        abandoned: 0,
        too_old: 0,
        idle_too_long: 0,
        surplus: 0,
        removed: 0,
        shut_down: 0,
    };

    /// Counts a resource closed for this reason.
    #[doc(hidden)]
    pub const fn count(&mut self, reason: CloseReason) {
        *match reason {
            CloseReason::Broken => &mut self.broken,
            CloseReason::FailedCheck => &mut self.failed_check,
            CloseReason::CutCheck => &mut self.cut_check,
            CloseReason::Suspect => &mut self.suspect,
            CloseReason::Abandoned => &mut self.abandoned,
            CloseReason::TooOld => &mut self.too_old,
            CloseReason::IdleTooLong => &mut self.idle_too_long,
            CloseReason::Surplus => &mut self.surplus,
            CloseReason::Removed => &mut self.removed,
            CloseReason::ShutDown => &mut self.shut_down,
        } += 1;
    }

    /// Returns the sum over all reasons.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.broken
            + self.failed_check
            + self.cut_check
            + self.suspect
            + self.abandoned
            + self.too_old
            + self.idle_too_long
            + self.surplus
            + self.removed
            + self.shut_down
    }
}
