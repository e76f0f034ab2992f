use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};
use std::time::Duration;

use super::SharedError;
use super::background::Cancels;
use crate::pool::{
    CloseReason, Closed, DurationHistogram, LastError, PoolState, PoolStatus, Waits, Wakeup,
};
use crate::sync::{Mutex, lock};

/// The numbers and the health of a [`LibraryPool`](super::LibraryPool), which its
/// [`Managed`](super::Managed) writes too.
#[derive(Default)]
pub struct LibraryStats {
    is_ready: AtomicBool,
    waiting: AtomicU32,
    connecting: AtomicU32,
    created: AtomicU64,
    failed_connects: AtomicU64,
    closed: Mutex<Closed>,
    waits: Mutex<Waits>,
    create_times: Mutex<DurationHistogram>,
    /// The error of the last connect, if none has succeeded since.
    connect_error: LastError<dyn std::error::Error + Send + Sync>,
    /// The last failure to connect: that error, or that the connect took too long.
    last_failure: LastError<dyn std::error::Error + Send + Sync>,
    is_closed: AtomicBool,
    /// Tells waits and background work of failed connects, and drains of what came back.
    pub(super) wakeup: Wakeup,
    pub(super) cancels: Cancels,
}

impl LibraryStats {
    /// Returns the error of the last connect, if none has succeeded since.
    pub fn connect_error(&self) -> Option<SharedError> {
        self.connect_error.get()
    }

    #[inline]
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(SeqCst)
    }

    pub(super) fn close(&self) {
        self.is_closed.store(true, SeqCst);
        self.wakeup.notify();
    }

    pub(super) fn is_ready(&self) -> bool {
        self.is_ready.load(Relaxed)
    }

    /// Returns true if the last connect failed.
    pub(super) fn is_degraded(&self) -> bool {
        !self.is_ready() && self.failed_connects.load(Relaxed) > 0
    }

    /// Notes that the library has connected.
    pub fn connected(&self) {
        // A plain load, so that a checkout of a healthy pool writes nothing.
        if !self.is_ready() {
            self.connect_error.set(None);
            self.is_ready.store(true, Relaxed);
        }
    }

    /// Notes that a connect failed with `error`.
    pub fn connect_failed(&self, error: SharedError) {
        self.connect_error.set(Some(Arc::clone(&error)));
        self.fail(Some(error));
    }

    /// Notes that a connect was cut, with what is known of it. The error of the last connect that
    /// failed is kept.
    pub fn connect_cut(&self, failure: Option<SharedError>) {
        self.fail(failure);
    }

    fn fail(&self, failure: Option<SharedError>) {
        self.is_ready.store(false, Relaxed);
        self.last_failure.set(failure);
        self.failed_connects.fetch_add(1, Release);
        self.wakeup.notify();
    }

    /// Returns the number of connects that failed.
    pub(super) fn failures(&self) -> u64 {
        self.failed_connects.load(Acquire)
    }

    pub(super) fn last_failure(&self) -> Option<SharedError> {
        self.last_failure.get()
    }

    /// Counts a connect that took `time`.
    pub(super) fn count_created(&self, time: Duration) {
        self.created.fetch_add(1, Relaxed);
        lock(&self.create_times).record(time);
    }

    pub(super) fn count_closed(&self, reason: CloseReason) {
        lock(&self.closed).count(reason);
    }

    pub(super) fn waiting(&self) -> &AtomicU32 {
        &self.waiting
    }

    pub(super) fn connecting(&self) -> &AtomicU32 {
        &self.connecting
    }

    pub(super) fn count_wait(&self, time: Duration) {
        let mut waits = lock(&self.waits);
        waits.count += 1;
        waits.total += time;
        waits.longest = waits.longest.max(time);
    }

    /// Writes its numbers into `status`, except those that only the library has.
    pub(super) fn fill(&self, status: &mut PoolStatus) {
        status.state = match (self.is_closed(), self.is_ready()) {
            (true, _) => PoolState::Closed,
            (false, true) => PoolState::Ready,
            (false, false) => PoolState::Degraded,
        };
        status.waiting = self.waiting.load(Relaxed);
        status.connecting = self.connecting.load(Relaxed);
        status.waits = *lock(&self.waits);
        status.create_times = *lock(&self.create_times);
        status.created = self.created.load(Relaxed);
        status.failed_connects = self.failed_connects.load(Relaxed);
        status.closed = *lock(&self.closed);
    }
}

impl fmt::Debug for LibraryStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut status = PoolStatus::new(0);
        self.fill(&mut status);
        f.debug_tuple("LibraryStats").field(&status).finish()
    }
}
