use seawall_core::Overflow;

use crate::sync::{AtomicUsize, Ordering};

/// How many keys are kept, of how many that may be, in all shards together: so one shard may have
/// more than its share while another has less.
#[derive(Debug)]
pub(crate) struct Room {
    kept: AtomicUsize,
    most: AtomicUsize,
    /// What else is done for room.
    overflow: AtomicUsize,
}

const SHARED: usize = 0;
const REJECT: usize = 1;
const EVICT: usize = 2;

impl Room {
    pub(crate) fn new(most: usize, overflow: Overflow) -> Self {
        let room = Self {
            kept: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            overflow: AtomicUsize::new(SHARED),
        };
        room.change(most, overflow);
        room
    }

    /// Where there are more keys than may be now, they stay until they are forgotten.
    pub(crate) fn change(&self, most: usize, overflow: Overflow) {
        let overflow = match overflow {
            Overflow::Shared => SHARED,
            Overflow::Reject => REJECT,
            Overflow::EvictColdest => EVICT,
        };
        self.most.store(most, Ordering::Relaxed);
        self.overflow.store(overflow, Ordering::Relaxed);
    }

    pub(crate) fn kept(&self) -> usize {
        self.kept.load(Ordering::Relaxed)
    }

    pub(crate) fn is_full(&self) -> bool {
        self.kept() >= self.most.load(Ordering::Relaxed)
    }

    pub(crate) fn evicts(&self) -> bool {
        self.overflow.load(Ordering::Relaxed) == EVICT
    }

    pub(crate) fn rejects(&self) -> bool {
        self.overflow.load(Ordering::Relaxed) == REJECT
    }

    /// Takes room for one, if there is any.
    pub(crate) fn enter(&self) -> bool {
        if self.kept.fetch_add(1, Ordering::Relaxed) < self.most.load(Ordering::Relaxed) {
            return true;
        }
        self.leave(1);
        false
    }

    pub(crate) fn leave(&self, keys: usize) {
        self.kept.fetch_sub(keys, Ordering::Relaxed);
    }
}
