use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use seawall_core::pool::PoolStatus;

use crate::presence::Presence;
use crate::slot::Reason;

/// Counts of what a pool has and does. deadpool's own do not tell waiting from connecting.
///
/// Every count is changed while its resource's place is held, and the places are handed on with
/// acquire and release, so relaxed ones see each other in order.
#[derive(Default)]
pub(crate) struct Books {
    /// Idle resources in the lower half, borrowed ones in the upper, so that both are read at once.
    resources: AtomicU64,
    waiting: AtomicU32,
    connecting: AtomicU32,
    created: AtomicU64,
    closed: [AtomicU64; Reason::COUNT],
}

const IDLE: u64 = 1;
const BORROWED: u64 = 1 << 32;

impl Books {
    /// A checkout waits for a place, until the answer is dropped.
    pub(crate) fn waiting(&self) -> Presence<'_> {
        Presence::one_more(&self.waiting)
    }

    /// A checkout makes a resource, until the answer is dropped.
    pub(crate) fn connecting(&self) -> Presence<'_> {
        Presence::one_more(&self.connecting)
    }

    /// There is one more resource, and it is borrowed.
    pub(crate) fn created(&self) {
        self.created.fetch_add(1, Relaxed);
        self.resources.fetch_add(BORROWED, Relaxed);
    }

    /// An idle resource is borrowed.
    pub(crate) fn lent(&self) {
        self.resources.fetch_add(BORROWED - IDLE, Relaxed);
    }

    /// A borrowed resource is idle.
    pub(crate) fn returned(&self) {
        self.resources.fetch_sub(BORROWED - IDLE, Relaxed);
    }

    /// A resource was closed.
    pub(crate) fn closed(&self, was_idle: bool, reason: Reason) {
        self.resources.fetch_sub(if was_idle { IDLE } else { BORROWED }, Relaxed);
        self.closed[reason as usize].fetch_add(1, Relaxed);
    }

    /// Writes all of this into `status`.
    pub(crate) fn read(&self, status: &mut PoolStatus) {
        let [idle, borrowed] = halves(self.resources.load(Relaxed));
        (status.idle, status.borrowed, status.size) = (idle, borrowed, idle + borrowed);
        status.waiting = self.waiting.load(Relaxed);
        status.connecting = self.connecting.load(Relaxed);
        status.created = self.created.load(Relaxed);
        let closed = |reason: Reason| self.closed[reason as usize].load(Relaxed);
        status.closed.broken = closed(Reason::Broken);
        status.closed.failed_check = closed(Reason::FailedCheck);
        status.closed.cut_check = closed(Reason::CutCheck);
        status.closed.abandoned = closed(Reason::Abandoned);
        status.closed.shut_down = closed(Reason::ShutDown);
    }
}

/// The lower and the upper half of `both`.
fn halves(both: u64) -> [u32; 2] {
    [both, both >> 32].map(|half| u32::try_from(half & u64::from(u32::MAX)).expect("half of it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_and_borrowed_do_not_touch_each_other() {
        let (books, mut status) = (Books::default(), PoolStatus::new(9));
        (0..3).for_each(|_| books.created());
        books.returned();
        books.returned();
        books.lent();
        books.closed(true, Reason::ShutDown);
        books.read(&mut status);
        assert_eq!((status.idle, status.borrowed, status.size), (0, 2, 2));
        assert_eq!((status.created, status.closed.shut_down, status.closed.total()), (3, 1, 1));
    }
}
