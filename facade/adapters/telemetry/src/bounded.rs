use std::hash::{BuildHasher, Hash};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use foldhash::fast::FixedState;

/// A map that only grows, up to a bound, and is read without a lock or a shared counter: what calls look
/// up. Keys beyond the bound share one value.
pub(crate) struct Bounded<K, V> {
    slots: Slots<K, V>,
    len: AtomicUsize,
    max: usize,
    other: OnceLock<Box<V>>,
}

type Slots<K, V> = Box<[OnceLock<Box<Slot<K, V>>>]>;

struct Slot<K, V> {
    hash: u64,
    key: K,
    value: V,
}

impl<K, V> Bounded<K, V> {
    /// Creates a map of at most `max` keys.
    pub(crate) fn new(max: usize) -> Self {
        let slots = (max * 2).next_power_of_two();
        let slots = std::iter::repeat_with(OnceLock::new).take(slots).collect();
        Self { slots, len: AtomicUsize::new(0), max, other: OnceLock::new() }
    }

    /// Returns the value of a key, which `is` recognises. If there is none, `make` makes it, or, once the
    /// map is full, the value that all others share: then it gets no key.
    pub(crate) fn get(
        &self,
        hashed: impl Hash,
        is: impl Fn(&K) -> bool,
        make: impl Fn(bool) -> (K, V),
    ) -> &V {
        let hash = FixedState::default().hash_one(hashed);
        let mut at = usize::try_from(hash & 0xFFFF_FFFF).unwrap_or(0);
        loop {
            at &= self.slots.len() - 1;
            match self.slots[at].get() {
                Some(slot) if slot.hash == hash && is(&slot.key) => return &slot.value,
                Some(_) => at += 1,
                None if self.len.load(Ordering::Relaxed) >= self.max => {
                    return self.other.get_or_init(|| Box::new(make(true).1));
                }
                // Another thread may be faster with another key, so that the slot is looked at again.
                None => {
                    self.slots[at].get_or_init(|| {
                        self.len.fetch_add(1, Ordering::Relaxed);
                        let (key, value) = make(false);
                        Box::new(Slot { hash, key, value })
                    });
                }
            }
        }
    }

    /// Iterates over all values.
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        let kept = self.slots.iter().filter_map(|slot| slot.get().map(|slot| &slot.value));
        kept.chain(self.other.get().map(|other| &**other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(map: &Bounded<u32, String>, key: u32) -> &str {
        map.get(
            key,
            |kept| *kept == key,
            |is_other| (key, if is_other { "other".to_owned() } else { key.to_string() }),
        )
    }

    #[test]
    fn keys_beyond_the_bound_share_one_value() {
        let map = Bounded::new(3);
        for key in 0..10 {
            let expected = if key < 3 { key.to_string() } else { "other".to_owned() };
            assert_eq!(get(&map, key), expected);
        }
        assert_eq!(get(&map, 1), "1", "those that are kept stay");
        assert_eq!(map.values().count(), 4);
    }

    #[test]
    fn threads_agree_on_the_value_of_a_key() {
        let map = Bounded::new(500);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope
                    .spawn(|| (0..500).for_each(|key| assert_eq!(get(&map, key), key.to_string())));
            }
        });
        assert_eq!(map.values().count(), 500);
    }
}
