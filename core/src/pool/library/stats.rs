use std::fmt;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::SharedError;
use super::background::Cancels;
use super::signal::Signal;
use crate::pool::{Closed, DurationHistogram, PoolState, PoolStatus, Waits};

/// The numbers and the health of a [`LibraryPool`](super::LibraryPool), which its
/// [`Managed`](super::Managed) writes too.
#[derive(Default)]
pub struct LibraryStats {
    is_ready: AtomicBool,
    waiting: AtomicU32,
    connecting: AtomicU32,
    created: AtomicU64,
    failed_connects: AtomicU64,
    closed: [AtomicU64; REASONS],
    waits: Mutex<Waits>,
    create_times: Mutex<DurationHistogram>,
    /// The error of the last connect, if none has succeeded since.
    connect_error: Mutex<Option<SharedError>>,
    /// The last failure to connect: that error, or that the connect took too long.
    last_failure: Mutex<Option<SharedError>>,
    pub(super) signal: Signal,
    pub(super) cancels: Cancels,
}

/// The reason why a resource was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Broken,
    FailedCheck,
    CutCheck,
    Abandoned,
    TooOld,
    IdleTooLong,
    Surplus,
    ShutDown,
}

const REASONS: usize = Reason::ShutDown as usize + 1;

impl LibraryStats {
    /// Returns the error of the last connect, if none has succeeded since.
    pub fn connect_error(&self) -> Option<SharedError> {
        lock(&self.connect_error).clone()
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
            self.set_error(None);
            self.is_ready.store(true, Relaxed);
        }
    }

    /// Notes that a connect failed with `error`.
    pub fn connect_failed(&self, error: SharedError) {
        self.set_error(Some(Arc::clone(&error)));
        self.fail(Some(error));
    }

    /// Notes that a connect was cut, with what is known of it. The error of the last connect that
    /// failed is kept.
    pub fn connect_cut(&self, failure: Option<SharedError>) {
        self.fail(failure);
    }

    fn fail(&self, failure: Option<SharedError>) {
        self.is_ready.store(false, Relaxed);
        *lock(&self.last_failure) = failure;
        self.failed_connects.fetch_add(1, Release);
        self.signal.wake();
    }

    /// Returns the number of connects that failed.
    pub(super) fn failures(&self) -> u64 {
        self.failed_connects.load(Acquire)
    }

    pub(super) fn last_failure(&self) -> Option<SharedError> {
        lock(&self.last_failure).clone()
    }

    fn set_error(&self, error: Option<SharedError>) {
        *lock(&self.connect_error) = error;
    }

    /// Counts a connect that took `time`.
    pub(super) fn count_created(&self, time: Duration) {
        self.created.fetch_add(1, Relaxed);
        lock(&self.create_times).record(time);
    }

    pub(super) fn count_closed(&self, reason: Reason) {
        self.closed[reason as usize].fetch_add(1, Relaxed);
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
        status.state = match (self.signal.is_closed(), self.is_ready()) {
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
        let closed = |reason: Reason| self.closed[reason as usize].load(Relaxed);
        status.closed = Closed {
            broken: closed(Reason::Broken),
            failed_check: closed(Reason::FailedCheck),
            cut_check: closed(Reason::CutCheck),
            abandoned: closed(Reason::Abandoned),
            too_old: closed(Reason::TooOld),
            idle_too_long: closed(Reason::IdleTooLong),
            surplus: closed(Reason::Surplus),
            shut_down: closed(Reason::ShutDown),
            ..Closed::NONE
        };
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for LibraryStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut status = PoolStatus::new(0);
        self.fill(&mut status);
        f.debug_tuple("LibraryStats").field(&status).finish()
    }
}
