use std::time::Duration;

use super::{Closed, DurationHistogram};
use crate::atomic_duration::nanos;
use crate::{Layer, Status};

/// The status of a pool at one moment.
///
/// Always `idle + borrowed = size`, and `size ≤ max + max_overflow` except in a pool that was made
/// smaller while more were lent. When no call is running, also `created = size + closed.total()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStatus {
    /// Whether the pool can lend.
    pub state: PoolState,
    /// Maximum number of resources, without overflow.
    pub max: u32,
    /// Maximum number of overflow resources.
    pub max_overflow: u32,
    /// Number of idle resources that background work keeps; 0 if it keeps none.
    pub min_idle: u32,
    /// Number of resources.
    pub size: u32,
    /// Number of idle resources.
    pub idle: u32,
    /// Number of resources that are lent, or being checked and reset for a caller.
    pub borrowed: u32,
    /// Number of resources above `max`.
    pub overflow: u32,
    /// Number of permits held by checkouts or background work that are creating a resource.
    pub connecting: u32,
    /// Number of checkouts that wait for a permit.
    pub waiting: u32,
    /// Past waits for a permit, whether they got one or not.
    pub waits: Waits,
    /// Times of the past waits.
    pub wait_times: DurationHistogram,
    /// Times of the connects that succeeded.
    pub create_times: DurationHistogram,
    /// Times of the uses, from the loan to the return.
    pub use_times: DurationHistogram,
    /// Number of resources created since the pool was.
    pub created: u64,
    /// Number of attempts to connect that failed, panicked or were cut by the deadline, without
    /// those whose caller went away.
    pub failed_connects: u64,
    /// Number of checks and resets that failed or were cut since the last one that succeeded.
    pub failed_checks: u32,
    /// Number of resources closed since the pool was created, by reason.
    pub closed: Closed,
}

crate::__named! {
    /// Whether a pool can lend.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub enum PoolState {
        /// It can, as far as it knows.
        Ready = "ready",
        /// It has not connected yet, or the last attempt failed. Idle resources are still lent, and
        /// checkouts try to connect.
        #[default]
        Degraded = "degraded",
        /// It was closed.
        Closed = "closed",
    }
}

/// Statistics about checkouts that waited for a permit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waits {
    /// Number of checkouts that had to wait.
    pub count: u64,
    /// Total waiting time.
    pub total: Duration,
    /// Longest waiting time.
    pub longest: Duration,
}

impl PoolStatus {
    /// Creates the status of a new pool of at most `max` resources.
    #[must_use]
    pub const fn new(max: u32) -> Self {
        Self {
            state: PoolState::Degraded,
            max,
            max_overflow: 0,
            min_idle: 0,
            size: 0,
            idle: 0,
            borrowed: 0,
            overflow: 0,
            connecting: 0,
            waiting: 0,
            waits: Waits { count: 0, total: Duration::ZERO, longest: Duration::ZERO },
            wait_times: DurationHistogram::new(),
            create_times: DurationHistogram::new(),
            use_times: DurationHistogram::new(),
            failed_checks: 0,
            created: 0,
            failed_connects: 0,
            closed: Closed::NONE,
        }
    }

    /// Converts to the readings of `layer`. They are named like the fields, with `waits` and
    /// `waited_…_ns` for the waits, and `closed_…` for each reason.
    #[must_use]
    pub fn to_status(&self, layer: &Layer) -> Status {
        let mut status = Status::new(layer, self.state.as_str());
        status.create_times = Some(Box::new(self.create_times));
        status
            .with_gauge("max", self.max.into(), "{connection}")
            .with_gauge("max_overflow", self.max_overflow.into(), "{connection}")
            .with_gauge("min_idle", self.min_idle.into(), "{connection}")
            .with_gauge("size", self.size.into(), "{connection}")
            .with_gauge("idle", self.idle.into(), "{connection}")
            .with_gauge("borrowed", self.borrowed.into(), "{connection}")
            .with_gauge("overflow", self.overflow.into(), "{connection}")
            .with_gauge("connecting", self.connecting.into(), "{connection}")
            .with_gauge("waiting", self.waiting.into(), "{call}")
            .with_counter("waits", self.waits.count, "{call}")
            .with_counter("waited_total_ns", nanos(self.waits.total), "ns")
            .with_gauge("waited_longest_ns", nanos(self.waits.longest), "ns")
            .with_gauge("wait_p99_ns", quantile(&self.wait_times), "ns")
            .with_gauge("create_p50_ns", middle(&self.create_times), "ns")
            .with_gauge("use_p50_ns", middle(&self.use_times), "ns")
            .with_gauge("failed_checks", self.failed_checks.into(), "{check}")
            .with_counter("created", self.created, "{connection}")
            .with_counter("failed_connects", self.failed_connects, "{connection}")
            .with_counter("closed_broken", self.closed.broken, "{connection}")
            .with_counter("closed_failed_check", self.closed.failed_check, "{connection}")
            .with_counter("closed_cut_check", self.closed.cut_check, "{connection}")
            .with_counter("closed_suspect", self.closed.suspect, "{connection}")
            .with_counter("closed_abandoned", self.closed.abandoned, "{connection}")
            .with_counter("closed_too_old", self.closed.too_old, "{connection}")
            .with_counter("closed_idle_too_long", self.closed.idle_too_long, "{connection}")
            .with_counter("closed_surplus", self.closed.surplus, "{connection}")
            .with_counter("closed_removed", self.closed.removed, "{connection}")
            .with_counter("closed_shut_down", self.closed.shut_down, "{connection}")
    }
}

fn quantile(times: &DurationHistogram) -> u64 {
    nanos(times.quantile(0.99).unwrap_or_default())
}

fn middle(times: &DurationHistogram) -> u64 {
    nanos(times.quantile(0.5).unwrap_or_default())
}
