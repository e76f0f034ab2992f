use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use seawall_core::pool::PoolStatus;

use crate::presence::Presence;
use crate::reason::Reason;

/// Counts of what a pool has and has done.
///
/// Every count is changed while its resource's place is held, and the places are handed on with
/// acquire and release, so relaxed ones see each other in order.
#[derive(Default)]
pub(crate) struct Books {
    /// Idle resources in the lower half, borrowed ones in the upper, so that both are read at once.
    resources: AtomicU64,
    connecting: AtomicU32,
    created: AtomicU64,
    waits: AtomicU64,
    waited_nanos: AtomicU64,
    longest_nanos: AtomicU64,
    closed: [AtomicU64; Reason::COUNT],
}

const IDLE: u64 = 1;
const BORROWED: u64 = 1 << 32;

impl Books {
    /// Someone makes a resource, until the answer is dropped.
    pub(crate) fn connecting(&self) -> Presence<'_> {
        Presence::one_more(&self.connecting)
    }

    /// A checkout has waited for a place for so long.
    pub(crate) fn waited(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.waits.fetch_add(1, Relaxed);
        self.waited_nanos.fetch_add(nanos, Relaxed);
        self.longest_nanos.fetch_max(nanos, Relaxed);
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

    /// A borrowed resource is idle, if there are no more than `most` in all; or else is one less,
    /// and this says no.
    pub(crate) fn returned(&self, most: u32) -> bool {
        let mut resources = self.resources.load(Relaxed);
        loop {
            let [idle, borrowed] = halves(resources);
            let is_kept = idle + borrowed <= most;
            let less = if is_kept { BORROWED - IDLE } else { BORROWED };
            match self.resources.compare_exchange_weak(
                resources,
                resources - less,
                Relaxed,
                Relaxed,
            ) {
                Ok(_) => return is_kept,
                Err(now) => resources = now,
            }
        }
    }

    /// A resource was closed.
    pub(crate) fn closed(&self, was_idle: bool, reason: Reason) {
        self.resources.fetch_sub(if was_idle { IDLE } else { BORROWED }, Relaxed);
        self.closed_already_gone(reason);
    }

    /// A resource was closed that is not counted among those that are there any more.
    pub(crate) fn closed_already_gone(&self, reason: Reason) {
        self.closed[reason as usize].fetch_add(1, Relaxed);
    }

    pub(crate) fn idle(&self) -> u32 {
        halves(self.resources.load(Relaxed))[0]
    }

    /// All resources that there are.
    pub(crate) fn size(&self) -> u32 {
        let [idle, borrowed] = halves(self.resources.load(Relaxed));
        idle + borrowed
    }

    /// All resources that there are or will soon be.
    pub(crate) fn size_soon(&self) -> u32 {
        self.size() + self.connecting.load(Relaxed)
    }

    /// Writes all of this into `status`.
    pub(crate) fn read(&self, status: &mut PoolStatus) {
        let [idle, borrowed] = halves(self.resources.load(Relaxed));
        (status.idle, status.borrowed, status.size) = (idle, borrowed, idle + borrowed);
        status.connecting = self.connecting.load(Relaxed);
        status.created = self.created.load(Relaxed);
        status.waits.count = self.waits.load(Relaxed);
        status.waits.total = Duration::from_nanos(self.waited_nanos.load(Relaxed));
        status.waits.longest = Duration::from_nanos(self.longest_nanos.load(Relaxed));
        for reason in Reason::ALL {
            *reason.field(&mut status.closed) = self.closed[reason as usize].load(Relaxed);
        }
    }
}

/// The lower and the upper half of `both`.
fn halves(both: u64) -> [u32; 2] {
    [both, both >> 32].map(|half| u32::try_from(half & u64::from(u32::MAX)).expect("half of it"))
}

#[cfg(all(test, not(seawall_loom)))]
mod tests {
    use super::*;

    #[test]
    fn idle_and_borrowed_do_not_touch_each_other() {
        let (books, mut status) = (Books::default(), PoolStatus::new(9));
        (0..3).for_each(|_| books.created());
        assert!(books.returned(9) && books.returned(9));
        books.lent();
        books.closed(true, Reason::ShutDown);
        books.read(&mut status);
        assert_eq!((status.idle, status.borrowed, status.size), (0, 2, 2));
        assert_eq!((status.created, status.closed.shut_down, status.closed.total()), (3, 1, 1));
    }

    #[test]
    fn what_is_too_many_does_not_become_idle() {
        let (books, mut status) = (Books::default(), PoolStatus::new(1));
        (0..3).for_each(|_| books.created());
        assert_eq!([(); 3].map(|()| books.returned(1)), [false, false, true]);
        books.closed_already_gone(Reason::Surplus);
        books.closed_already_gone(Reason::Surplus);
        books.read(&mut status);
        assert_eq!((status.idle, status.size, status.closed.surplus), (1, 1, 2));
    }

    #[test]
    fn each_reason_is_counted_where_the_status_has_it() {
        let (books, mut status) = (Books::default(), PoolStatus::new(1));
        for reason in Reason::ALL {
            books.created();
            books.closed(false, reason);
        }
        books.read(&mut status);
        for reason in Reason::ALL {
            assert_eq!(*reason.field(&mut status.closed), 1, "{reason:?}");
        }
        assert_eq!(status.closed.total(), status.created);
    }

    #[test]
    fn waits_are_added_up() {
        let (books, mut status) = (Books::default(), PoolStatus::new(1));
        [3, 5, 1].into_iter().for_each(|millis| books.waited(Duration::from_millis(millis)));
        books.read(&mut status);
        assert_eq!(status.waits.count, 3);
        assert_eq!(status.waits.total, Duration::from_millis(9));
        assert_eq!(status.waits.longest, Duration::from_millis(5));
    }
}
