use super::KeyOverflow;
use crate::sync::{AtomicU64, Ordering};

/// Counts the keys that a store keeps, against the most that it may keep and what it does beyond that.
///
/// The bound holds for all parts of a store together, so one part may keep more than its share while
/// another keeps less.
#[derive(Debug)]
pub struct KeyRoom {
    kept: AtomicU64,
    max: AtomicU64,
    overflow: AtomicU64,
}

const SHARED: u64 = 0;
const REJECT: u64 = 1;
const EVICT: u64 = 2;

impl KeyRoom {
    /// Creates room for `max` keys, none of which is kept yet.
    #[must_use]
    pub fn new(max: u64, overflow: KeyOverflow) -> Self {
        let zero = || AtomicU64::new(0);
        let room = Self { kept: zero(), max: zero(), overflow: zero() };
        room.change(max, overflow);
        room
    }

    /// Changes the room to `max` keys. If more are kept, they stay until their store forgets them.
    pub fn change(&self, max: u64, overflow: KeyOverflow) {
        let overflow = match overflow {
            KeyOverflow::Shared => SHARED,
            KeyOverflow::Reject => REJECT,
            KeyOverflow::EvictColdest => EVICT,
        };
        self.max.store(max, Ordering::Relaxed);
        self.overflow.store(overflow, Ordering::Relaxed);
    }

    /// Returns the number of kept keys.
    #[must_use]
    pub fn kept(&self) -> u64 {
        self.kept.load(Ordering::Relaxed)
    }

    /// Returns the most keys that may be kept.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.max.load(Ordering::Relaxed)
    }

    /// Returns true if there is no room for one more key.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.kept() >= self.max()
    }

    /// Returns true if the coldest key is evicted to make room.
    #[must_use]
    pub fn evicts(&self) -> bool {
        self.overflow.load(Ordering::Relaxed) == EVICT
    }

    /// Returns true if calls whose keys have no room are refused.
    #[must_use]
    pub fn rejects(&self) -> bool {
        self.overflow.load(Ordering::Relaxed) == REJECT
    }

    /// Takes room for one more key; returns false if there is none.
    #[must_use]
    pub fn enter(&self) -> bool {
        let one_more = |kept| (kept < self.max()).then_some(kept + 1);
        self.kept.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok()
    }

    /// Takes room for one more key even if there is none, for a key that must be kept.
    pub fn enter_anyway(&self) {
        self.kept.fetch_add(1, Ordering::Relaxed);
    }

    /// Gives back the room of `keys` keys that were forgotten.
    pub fn leave(&self, keys: u64) {
        self.kept.fetch_sub(keys, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(seawall_loom)))]
mod tests {
    use super::*;

    #[test]
    fn keys_enter_up_to_the_bound() {
        let room = KeyRoom::new(2, KeyOverflow::Reject);
        assert_eq!([room.enter(), room.enter(), room.enter()], [true, true, false]);
        assert_eq!((room.kept(), room.is_full()), (2, true));
        room.leave(2);
        assert_eq!((room.kept(), room.enter(), room.is_full()), (0, true, false));
    }

    #[test]
    fn no_key_enters_while_more_are_kept_than_may_be() {
        let room = KeyRoom::new(3, KeyOverflow::Shared);
        assert!(room.enter() && room.enter() && room.enter());
        room.change(1, KeyOverflow::EvictColdest);
        room.leave(2);
        assert_eq!((room.max(), room.enter()), (1, false));
        room.leave(1);
        assert!(room.enter());
    }

    #[test]
    fn a_policy_rejects_or_evicts_or_neither() {
        let done =
            [KeyOverflow::Shared, KeyOverflow::Reject, KeyOverflow::EvictColdest].map(|overflow| {
                let room = KeyRoom::new(1, overflow);
                (room.rejects(), room.evicts())
            });
        assert_eq!(done, [(false, false), (true, false), (false, true)]);
    }
}
