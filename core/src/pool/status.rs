use std::time::Duration;

use crate::{Layer, Status};

/// How a pool is, at one moment.
///
/// `idle + borrowed = size` always, and `size ≤ max + max_overflow`, but for a pool that was made
/// smaller while more were lent. At rest, `created = size + closed.total()` too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStatus {
    /// Can it lend?
    pub state: PoolState,
    /// The most resources it may have, overflow aside.
    pub max: u32,
    /// How many more it may have for a while.
    pub max_overflow: u32,
    /// The resources it has.
    pub size: u32,
    /// Those that wait to be lent.
    pub idle: u32,
    /// Those that are lent, or being checked and reset for someone.
    pub borrowed: u32,
    /// Those above `max`.
    pub overflow: u32,
    /// Places taken by someone who is making a resource: a checkout, or the background work.
    pub connecting: u32,
    /// Checkouts that wait for a place.
    pub waiting: u32,
    /// Checkouts that have waited for a place and have got one, or have gone without.
    pub waits: Waits,
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
    Ready,
    /// It has not connected yet, or the last attempt failed and none has worked since. What is idle
    /// is still lent, and a checkout tries to connect.
    #[default]
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

/// How long checkouts have waited for a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waits {
    /// How many had to wait.
    pub count: u64,
    /// How long in all.
    pub total: Duration,
    /// The longest.
    pub longest: Duration,
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
    /// They were idle while the check of another took too long: see `check_timeout`.
    pub suspect: u64,
    /// Their use did not end well: it was cut, dropped, it panicked, or the borrower discarded them.
    pub abandoned: u64,
    /// They were too old.
    pub too_old: u64,
    /// They were idle for too long.
    pub idle_too_long: u64,
    /// There were more than the pool keeps: overflow that nobody waited for, or the pool was made
    /// smaller.
    pub surplus: u64,
    /// The pool was closed.
    pub shut_down: u64,
}

impl Closed {
    /// None for any reason.
    pub const NONE: Self = Self {
        broken: 0,
        failed_check: 0,
        cut_check: 0,
        suspect: 0,
        abandoned: 0,
        too_old: 0,
        idle_too_long: 0,
        surplus: 0,
        shut_down: 0,
    };

    /// How many for any reason.
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
            + self.shut_down
    }
}

impl PoolStatus {
    /// The status of a pool of at most `max` resources that has had none yet.
    #[must_use]
    pub const fn new(max: u32) -> Self {
        Self {
            state: PoolState::Degraded,
            max,
            max_overflow: 0,
            size: 0,
            idle: 0,
            borrowed: 0,
            overflow: 0,
            connecting: 0,
            waiting: 0,
            waits: Waits { count: 0, total: Duration::ZERO, longest: Duration::ZERO },
            created: 0,
            failed_connects: 0,
            closed: Closed::NONE,
        }
    }

    /// The same as the readings of `layer`: the names are those of the fields, `waits` and
    /// `waited_…_ns` for the waits, and `closed_…` for each reason.
    #[must_use]
    pub fn to_status(&self, layer: &Layer) -> Status {
        Status::new(layer, self.state.as_str())
            .with("max", self.max.into())
            .with("max_overflow", self.max_overflow.into())
            .with("size", self.size.into())
            .with("idle", self.idle.into())
            .with("borrowed", self.borrowed.into())
            .with("overflow", self.overflow.into())
            .with("connecting", self.connecting.into())
            .with("waiting", self.waiting.into())
            .with("waits", self.waits.count)
            .with("waited_total_ns", nanos(self.waits.total))
            .with("waited_longest_ns", nanos(self.waits.longest))
            .with("created", self.created)
            .with("failed_connects", self.failed_connects)
            .with("closed_broken", self.closed.broken)
            .with("closed_failed_check", self.closed.failed_check)
            .with("closed_cut_check", self.closed.cut_check)
            .with("closed_suspect", self.closed.suspect)
            .with("closed_abandoned", self.closed.abandoned)
            .with("closed_too_old", self.closed.too_old)
            .with("closed_idle_too_long", self.closed.idle_too_long)
            .with("closed_surplus", self.closed.surplus)
            .with("closed_shut_down", self.closed.shut_down)
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
