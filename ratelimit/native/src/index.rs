/// Finds the slots of a shard's keys by their hashes.
///
/// An entry is a slot's number beside 16 bits of its key's hash, in a place that these bits choose or,
/// if that is taken, in the next free one (linear probing). So most look-ups touch one cache line,
/// and entries move without a look at their keys.
#[derive(Debug)]
pub(crate) struct Index {
    entries: Vec<u32>,
    used: usize,
}

const EMPTY: u32 = u32::MAX;

/// How many slots can be found.
pub(crate) const MAX_SLOTS: usize = u16::MAX as usize;

impl Index {
    pub(crate) fn with_capacity(slots: usize) -> Self {
        Self { entries: vec![EMPTY; slots * 5 / 4], used: 0 }
    }

    /// Returns the first slot of a key with this hash for which `is_it` is true.
    #[inline]
    pub(crate) fn find(&self, hash: u64, is_it: impl Fn(usize) -> bool) -> Option<usize> {
        self.place(hash, is_it).map(|place| slot(self.entries[place]))
    }

    #[inline]
    fn place(&self, hash: u64, is_it: impl Fn(usize) -> bool) -> Option<usize> {
        let bits = bits(hash);
        let mut place = self.home(bits);
        // There is an empty entry if there is any.
        loop {
            match *self.entries.get(place)? {
                EMPTY => return None,
                entry if entry >> 16 == bits && is_it(slot(entry)) => return Some(place),
                _ => place = self.next(place),
            }
        }
    }

    /// Has `slot` found by `hash`, by which it is not found yet. It is less than [`MAX_SLOTS`].
    pub(crate) fn insert(&mut self, hash: u64, slot: usize) {
        if (self.used + 1) * 5 > self.entries.len() * 4 {
            let grown = vec![EMPTY; 8 + self.entries.len() * 5 / 4];
            let old = std::mem::replace(&mut self.entries, grown);
            old.into_iter().filter(|entry| *entry != EMPTY).for_each(|entry| self.put(entry));
        }
        self.used += 1;
        self.put(entry(hash, slot));
    }

    fn put(&mut self, entry: u32) {
        let mut place = self.home(entry >> 16);
        while self.entries[place] != EMPTY {
            place = self.next(place);
        }
        self.entries[place] = entry;
    }

    /// Has `hash` find the slot `to` in place of `from`.
    pub(crate) fn change(&mut self, hash: u64, from: usize, to: usize) {
        if let Some(place) = self.place(hash, |slot| slot == from) {
            self.entries[place] = entry(hash, to);
        }
    }

    /// Has `slot` found by `hash` no longer.
    pub(crate) fn remove(&mut self, hash: u64, slot: usize) {
        let Some(mut hole) = self.place(hash, |found| found == slot) else { return };
        self.used -= 1;
        let mut place = hole;
        // Entries move up, so that none is behind an empty one.
        loop {
            place = self.next(place);
            let entry = self.entries[place];
            if entry == EMPTY {
                break;
            }
            if self.steps(self.home(entry >> 16), place) >= self.steps(hole, place) {
                self.entries[hole] = entry;
                hole = place;
            }
        }
        self.entries[hole] = EMPTY;
    }

    #[inline]
    fn home(&self, bits: u32) -> usize {
        (bits as usize * self.entries.len()) >> 16
    }

    #[inline]
    fn next(&self, place: usize) -> usize {
        if place + 1 == self.entries.len() { 0 } else { place + 1 }
    }

    fn steps(&self, from: usize, to: usize) -> usize {
        if from <= to { to - from } else { to + self.entries.len() - from }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "16 bits; those that choose a shard are others")]
#[inline]
const fn bits(hash: u64) -> u32 {
    (hash as u32) & 0xffff
}

#[allow(clippy::cast_possible_truncation, reason = "a slot's number has 16 bits")]
const fn entry(hash: u64, slot: usize) -> u32 {
    bits(hash) << 16 | slot as u32
}

#[inline]
const fn slot(entry: u32) -> usize {
    (entry & 0xffff) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn each_slot_is_found_by_the_hash_of_its_key(
            steps in prop::collection::vec((any::<bool>(), 0..40_u64, any::<usize>()), 0..300),
        ) {
            let (mut index, mut hashes) = (Index::with_capacity(2), Vec::new());
            for (insert, hash, at) in steps {
                // Few different ones, many at the end of the table.
                let hash = 0xffff - (hash * hash) % 30_000;
                if insert {
                    index.insert(hash, hashes.len());
                    hashes.push(hash);
                } else if !hashes.is_empty() {
                    let (at, last) = (at % hashes.len(), hashes.len() - 1);
                    index.remove(hashes[at], at);
                    if at != last {
                        index.change(hashes[last], last, at);
                    }
                    hashes.swap_remove(at);
                }
                prop_assert_eq!(index.used, hashes.len());
                for (slot, hash) in hashes.iter().enumerate() {
                    prop_assert_eq!(index.find(*hash, |found| found == slot), Some(slot));
                }
                prop_assert_eq!(index.find(1, |_| true), None);
            }
        }
    }
}
