use super::KeyOverflow;
use crate::sync::{AtomicU64, Ordering};

/// How many keys a store keeps, of how many that it may: its hard bound, in all parts of it together, so
/// that one may have more than its share while another has less.
#[derive(Debug)]
pub struct KeyRoom {
    kept: AtomicU64,
    most: AtomicU64,
    /// What else is done for room.
    overflow: AtomicU64,
}

const SHARED: u64 = 0;
const REJECT: u64 = 1;
const EVICT: u64 = 2;

impl KeyRoom {
    /// Room for `most` keys, none of which is kept yet.
    #[must_use]
    pub fn new(most: u64, overflow: KeyOverflow) -> Self {
        let zero = || AtomicU64::new(0);
        let room = Self { kept: zero(), most: zero(), overflow: zero() };
        room.change(most, overflow);
        room
    }

    /// From now on, there is room for `most`. Where there are more, they stay until their store has
    /// forgotten them.
    pub fn change(&self, most: u64, overflow: KeyOverflow) {
        let overflow = match overflow {
            KeyOverflow::Shared => SHARED,
            KeyOverflow::Reject => REJECT,
            KeyOverflow::EvictColdest => EVICT,
        };
        self.most.store(most, Ordering::Relaxed);
        self.overflow.store(overflow, Ordering::Relaxed);
    }

    /// How many are kept.
    #[must_use]
    pub fn kept(&self) -> u64 {
        self.kept.load(Ordering::Relaxed)
    }

    /// How many may be.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.most.load(Ordering::Relaxed)
    }

    /// Is there none for one more?
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.kept() >= self.max()
    }

    /// Is the coldest key to go for one more?
    #[must_use]
    pub fn evicts(&self) -> bool {
        self.overflow.load(Ordering::Relaxed) == EVICT
    }

    /// Are calls to be refused whose keys have no room?
    #[must_use]
    pub fn rejects(&self) -> bool {
        self.overflow.load(Ordering::Relaxed) == REJECT
    }

    /// Takes room for one, if there is any.
    #[must_use]
    pub fn enter(&self) -> bool {
        let one_more = |kept| (kept < self.max()).then_some(kept + 1);
        self.kept.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok()
    }

    /// Takes room for one key more, also where there is none: for a key that must be kept.
    pub fn enter_anyway(&self) {
        self.kept.fetch_add(1, Ordering::Relaxed);
    }

    /// So many were forgotten.
    pub fn leave(&self, keys: u64) {
        self.kept.fetch_sub(keys, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(seawall_loom)))]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_so_many_and_no_more() {
        let room = KeyRoom::new(2, KeyOverflow::Reject);
        assert_eq!([room.enter(), room.enter(), room.enter()], [true, true, false]);
        assert_eq!((room.kept(), room.is_full()), (2, true));
        room.leave(2);
        assert_eq!((room.kept(), room.enter(), room.is_full()), (0, true, false));
    }

    #[test]
    fn where_there_are_more_than_may_be_none_comes_before_enough_have_gone() {
        let room = KeyRoom::new(3, KeyOverflow::Shared);
        assert!(room.enter() && room.enter() && room.enter());
        room.change(1, KeyOverflow::EvictColdest);
        room.leave(2);
        assert_eq!((room.max(), room.enter()), (1, false));
        room.leave(1);
        assert!(room.enter());
    }

    #[test]
    fn what_is_done_for_room_is_one_of_three() {
        let done =
            [KeyOverflow::Shared, KeyOverflow::Reject, KeyOverflow::EvictColdest].map(|overflow| {
                let room = KeyRoom::new(1, overflow);
                (room.rejects(), room.evicts())
            });
        assert_eq!(done, [(false, false), (true, false), (false, true)]);
    }
}
