use std::hash::{BuildHasher, Hash};
use std::sync::OnceLock;

use foldhash::fast::RandomState;

/// A table of at most `N` values that are never removed: finding one takes no lock.
pub(super) struct Table<T, const N: usize> {
    slots: Box<[OnceLock<T>]>,
    hashing: RandomState,
}

/// The number of slots that a look-up tries, so that it stays fast when the table is full.
const PROBES: usize = 64;

impl<T, const N: usize> Table<T, N> {
    /// Returns the value of `key`, which `is_it` recognises, and adds it if there is none. `None` if the
    /// table has no room for it.
    pub(super) fn get_or_add<K: Hash + ?Sized>(
        &self,
        key: &K,
        is_it: impl Fn(&T) -> bool,
        add: impl Fn() -> T,
    ) -> Option<&T> {
        let first = usize::try_from(self.hashing.hash_one(key) % N as u64).unwrap_or(0);
        let mut slots = self.slots[first..].iter().chain(&self.slots[..first]).take(PROBES);
        slots.find_map(|slot| Some(slot.get_or_init(&add)).filter(|value| is_it(value)))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().filter_map(OnceLock::get)
    }
}

impl<T, const N: usize> Default for Table<T, N> {
    fn default() -> Self {
        let slots = std::iter::repeat_with(OnceLock::new).take(N).collect();
        Self { slots, hashing: RandomState::default() }
    }
}
