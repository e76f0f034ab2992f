use seawall_core::Overflow;

use crate::KeyOptions;
use crate::sync::{AtomicU64, Ordering};

/// How many keys are kept, of how many that may be, in all shards together.
#[derive(Debug)]
pub(crate) struct Room {
    kept: AtomicU64,
    most: AtomicU64,
    overflow: AtomicU64,
}

const SHARED: u64 = 0;
const REJECT: u64 = 1;
const EVICT: u64 = 2;

impl Room {
    pub(crate) fn new(keys: &KeyOptions) -> Self {
        let zero = || AtomicU64::new(0);
        let room = Self { kept: zero(), most: zero(), overflow: zero() };
        room.change(keys);
        room
    }

    /// Where there are more keys than may be now, they have yet to be forgotten.
    pub(crate) fn change(&self, keys: &KeyOptions) {
        let overflow = match keys.overflow {
            Overflow::Shared => SHARED,
            Overflow::Reject => REJECT,
            Overflow::EvictColdest => EVICT,
        };
        self.most.store(keys.max_keys.into(), Ordering::Relaxed);
        self.overflow.store(overflow, Ordering::Relaxed);
    }

    pub(crate) fn kept(&self) -> u64 {
        self.kept.load(Ordering::Relaxed)
    }

    pub(crate) fn most(&self) -> u64 {
        self.most.load(Ordering::Relaxed)
    }

    pub(crate) fn evicts(&self) -> bool {
        self.overflow.load(Ordering::Relaxed) == EVICT
    }

    pub(crate) fn rejects(&self) -> bool {
        self.overflow.load(Ordering::Relaxed) == REJECT
    }

    /// Takes room for one, if there is any.
    pub(crate) fn enter(&self) -> bool {
        let one_more = |kept| (kept < self.most()).then_some(kept + 1);
        self.kept.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok()
    }

    pub(crate) fn leave(&self) {
        self.kept.fetch_sub(1, Ordering::Relaxed);
    }
}
