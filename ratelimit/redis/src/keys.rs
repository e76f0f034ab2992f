use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use hashbrown::HashTable;
use seawall_core::{KeyHash, KeyOverflow, KeyRoom, Tick};

use crate::count::Count;

/// The counts of the keys that this instance holds tokens of, or has asked for.
///
/// Forgetting a key forgives nothing, since the store counts on: what is lost is the rest of a lease.
#[derive(Debug)]
pub(crate) struct Keys {
    shards: [RwLock<Shard>; SHARDS],
    room: KeyRoom,
}

const SHARDS: usize = 16;

/// Keys that are looked at to make room for one.
const SAMPLE: usize = 16;

#[derive(Debug, Default)]
struct Shard {
    /// Places in `counts`.
    table: HashTable<usize>,
    counts: Vec<Entry>,
    /// Where the next look for a key to forget begins.
    next: usize,
}

#[derive(Debug)]
struct Entry {
    key: KeyHash,
    count: Arc<Count>,
    /// Has a limit of its own, and so always its place.
    own: bool,
}

/// There is no room for one more key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoRoom;

impl Keys {
    pub(crate) fn new(max: u32, overflow: KeyOverflow) -> Self {
        let shards = std::array::from_fn(|_| RwLock::default());
        Self { shards, room: KeyRoom::new(max.into(), overflow) }
    }

    pub(crate) fn room(&self) -> &KeyRoom {
        &self.room
    }

    /// Runs `act` on the count of `key`, if it is kept.
    #[inline]
    pub(crate) fn with<T>(&self, key: KeyHash, act: impl FnOnce(&Arc<Count>) -> T) -> Option<T> {
        let shard = self.read(key);
        let at = shard.find(key)?;
        Some(act(&shard.counts[at].count))
    }

    /// Returns the count whose key's hash has this lower half, if it is kept.
    pub(crate) fn by_half(&self, half: u64) -> Option<Arc<Count>> {
        let shard = self.shards[index(half)].read().unwrap_or_else(PoisonError::into_inner);
        let is_it = |at: &usize| shard.counts[*at].key.halves().0 == half;
        let at = *shard.table.find(half, is_it)?;
        Some(Arc::clone(&shard.counts[at].count))
    }

    /// Returns the count of `key`, which `make` makes if it is not kept.
    ///
    /// # Errors
    /// If it is not kept, and there is no room for it.
    pub(crate) fn get_or_add(
        &self,
        key: KeyHash,
        own: bool,
        now: Tick,
        make: impl FnOnce() -> Count,
    ) -> Result<Arc<Count>, NoRoom> {
        if let Some(count) = self.with(key, Arc::clone) {
            return Ok(count);
        }
        if !own && !self.room.enter() {
            if !self.make_room(key, now) {
                return Err(NoRoom);
            }
            self.shrink(key, now);
        }
        let mut shard = self.write(key);
        if let Some(at) = shard.find(key) {
            // Another thread was first.
            if !own {
                self.room.leave(1);
            }
            return Ok(Arc::clone(&shard.counts[at].count));
        }
        Ok(shard.insert(key, own, make()))
    }

    /// Notes whether `key` has a limit of its own.
    pub(crate) fn set_own(&self, key: KeyHash, own: bool) {
        let mut shard = self.write(key);
        let Some(at) = shard.find(key) else { return };
        match (std::mem::replace(&mut shard.counts[at].own, own), own) {
            (false, true) => self.room.leave(1),
            (true, false) => self.room.enter_anyway(),
            _ => {}
        }
    }

    /// Returns all counts.
    pub(crate) fn all(&self) -> Vec<Arc<Count>> {
        let mut all = Vec::new();
        for shard in &self.shards {
            let shard = shard.read().unwrap_or_else(PoisonError::into_inner);
            all.extend(shard.counts.iter().map(|entry| Arc::clone(&entry.count)));
        }
        all
    }

    /// Forgets a key, whose place is the caller's then.
    fn make_room(&self, key: KeyHash, now: Tick) -> bool {
        let first = index(key.halves().0);
        let evicts = self.room.evicts();
        (0..SHARDS).any(|step| {
            let shard = &self.shards[(first + step) % SHARDS];
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            shard.forget(now, evicts)
        })
    }

    /// Forgets some keys more if there are more than may be.
    fn shrink(&self, key: KeyHash, now: Tick) {
        for _ in 0..8 {
            if self.room.kept() <= self.room.max() || !self.make_room(key, now) {
                return;
            }
            self.room.leave(1);
        }
    }

    fn read(&self, key: KeyHash) -> RwLockReadGuard<'_, Shard> {
        self.shards[index(key.halves().0)].read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, key: KeyHash) -> RwLockWriteGuard<'_, Shard> {
        self.shards[index(key.halves().0)].write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The tables use other bits of the hash.
fn index(half: u64) -> usize {
    usize::try_from((half >> 20) % SHARDS as u64).unwrap_or(0)
}

impl Shard {
    fn find(&self, key: KeyHash) -> Option<usize> {
        let is_it = |at: &usize| self.counts[*at].key == key;
        self.table.find(key.halves().0, is_it).copied()
    }

    fn insert(&mut self, key: KeyHash, own: bool, count: Count) -> Arc<Count> {
        let count = Arc::new(count);
        self.counts.push(Entry { key, count: Arc::clone(&count), own });
        let counts = &self.counts;
        let hash = |at: &usize| counts[*at].key.halves().0;
        self.table.insert_unique(key.halves().0, self.counts.len() - 1, hash);
        count
    }

    /// Forgets one of the next keys: one that is idle, or the coldest of these if `evicts`.
    fn forget(&mut self, now: Tick, evicts: bool) -> bool {
        let len = self.counts.len();
        let mut coldest = None;
        for step in 0..len.min(SAMPLE) {
            let at = (self.next + step) % len;
            let entry = &self.counts[at];
            if entry.own {
                continue;
            }
            if entry.count.is_idle(now) {
                self.next = at;
                return self.remove(at);
            }
            if let Some(since) = entry.count.cold_since()
                && coldest.is_none_or(|(coldest, _)| since < coldest)
            {
                coldest = Some((since, at));
            }
        }
        self.next = if len == 0 { 0 } else { (self.next + SAMPLE) % len };
        match coldest.filter(|_| evicts) {
            Some((_, at)) => self.remove(at),
            None => false,
        }
    }

    fn remove(&mut self, at: usize) -> bool {
        let gone = self.counts.swap_remove(at);
        if let Ok(entry) = self.table.find_entry(gone.key.halves().0, |found| *found == at) {
            entry.remove();
        }
        // The last one has moved to its place.
        if let Some(moved) = self.counts.get(at) {
            let last = self.counts.len();
            if let Some(found) = self.table.find_mut(moved.key.halves().0, |found| *found == last) {
                *found = at;
            }
        }
        true
    }
}
