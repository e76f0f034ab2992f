use crate::{Layer, Status};

/// How a pool is, at one moment.
///
/// `idle + borrowed = size ≤ max` always. At rest, `created = size + closed.total()` too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStatus {
    /// Can it lend?
    pub state: PoolState,
    /// The most resources it may have.
    pub max: u32,
    /// The resources it has.
    pub size: u32,
    /// Those that wait to be lent.
    pub idle: u32,
    /// Those that are lent, or being checked and reset for someone.
    pub borrowed: u32,
    /// Places taken by a checkout that is making a resource.
    pub connecting: u32,
    /// Checkouts that wait for a place.
    pub waiting: u32,
    /// Resources made since the pool was.
    pub created: u64,
    /// Attempts to make one that ended with an error or a panic, or were cut by the deadline. Not
    /// those whose caller went away.
    pub failed_connects: u64,
    /// Resources closed since the pool was made, by reason.
    pub closed: Closed,
}

/// Can a pool lend?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PoolState {
    /// As far as it knows.
    #[default]
    Ready,
    /// The last attempt to connect failed, and none has worked since. What is idle is still lent.
    Degraded,
    /// No more: it was closed.
    Closed,
}

impl PoolState {
    /// The name telemetry uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Degraded => "degraded",
            Self::Closed => "closed",
        }
    }
}

/// How many resources were closed, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closed {
    /// [`Manage::is_broken`](super::Manage::is_broken) said so when they came back.
    pub broken: u64,
    /// [`Manage::check`](super::Manage::check) or [`reset`](super::Manage::reset) gave an error.
    pub failed_check: u64,
    /// The check or the reset did not end: it was cut by the deadline, its caller went away, or it
    /// panicked.
    pub cut_check: u64,
    /// Their use did not end well: it was cut, dropped, it panicked, or the borrower discarded them.
    pub abandoned: u64,
    /// The pool was closed.
    pub shut_down: u64,
}

impl Closed {
    /// How many for any reason.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.broken + self.failed_check + self.cut_check + self.abandoned + self.shut_down
    }
}

impl PoolStatus {
    /// The status of a pool of at most `max` resources that has had none yet.
    #[must_use]
    pub const fn new(max: u32) -> Self {
        Self {
            state: PoolState::Ready,
            max,
            size: 0,
            idle: 0,
            borrowed: 0,
            connecting: 0,
            waiting: 0,
            created: 0,
            failed_connects: 0,
            closed: Closed { broken: 0, failed_check: 0, cut_check: 0, abandoned: 0, shut_down: 0 },
        }
    }

    /// The same as the readings of `layer`: the names are those of the fields, and `closed_…` for
    /// each reason.
    #[must_use]
    pub fn to_status(&self, layer: &Layer) -> Status {
        Status::new(layer, self.state.as_str())
            .with("max", self.max.into())
            .with("size", self.size.into())
            .with("idle", self.idle.into())
            .with("borrowed", self.borrowed.into())
            .with("connecting", self.connecting.into())
            .with("waiting", self.waiting.into())
            .with("created", self.created)
            .with("failed_connects", self.failed_connects)
            .with("closed_broken", self.closed.broken)
            .with("closed_failed_check", self.closed.failed_check)
            .with("closed_cut_check", self.closed.cut_check)
            .with("closed_abandoned", self.closed.abandoned)
            .with("closed_shut_down", self.closed.shut_down)
    }
}
