use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::flight::{Joined, Role, Seats};
use crate::KeyHash;
use crate::sync::{AtomicU64, Mutex, Ordering, lock};

/// The operations that run, by key.
pub(super) struct Flights<T, E> {
    shards: Box<[Mutex<Shard<T, E>>]>,
    kept: AtomicU64,
}

type Shard<T, E> = HashMap<KeyHash, Arc<Mutex<Seats<T, E>>>>;

const SHARDS: usize = 16;

impl<T, E> Flights<T, E> {
    pub(super) fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::new(HashMap::new())).collect(),
            kept: AtomicU64::new(0),
        }
    }

    pub(super) fn len(&self) -> usize {
        usize::try_from(self.kept.load(Ordering::Relaxed)).unwrap_or(usize::MAX)
    }

    fn shard(&self, key: KeyHash) -> &Mutex<Shard<T, E>> {
        &self.shards[usize::try_from(key.halves().0 % SHARDS as u64).unwrap_or(0)]
    }

    /// Joins the operation that runs for `key`, or begins one.
    pub(super) fn join(&self, key: KeyHash, max_keys: u32, max_followers: u32) -> Role<'_, T, E> {
        let mut shard = lock(self.shard(key));
        let seats = match shard.entry(key) {
            Entry::Occupied(known) => Arc::clone(known.get()),
            Entry::Vacant(vacant) => {
                if self.kept.load(Ordering::Relaxed) >= max_keys.into() {
                    return Role::Alone;
                }
                self.kept.fetch_add(1, Ordering::Relaxed);
                Arc::clone(vacant.insert(Arc::default()))
            }
        };
        if !lock(&seats).join(max_followers) {
            return Role::Refused;
        }
        Role::Joined(Joined::new(self, key, seats))
    }

    /// Runs `act` while no caller can join. If it returns true, later callers begin anew.
    pub(super) fn act<R>(
        &self,
        key: KeyHash,
        seats: &Arc<Mutex<Seats<T, E>>>,
        act: impl FnOnce(&mut Seats<T, E>) -> (bool, R),
    ) -> R {
        let mut shard = lock(self.shard(key));
        let (is_over, result) = act(&mut lock(seats));
        let is_kept = shard.get(&key).is_some_and(|kept| Arc::ptr_eq(kept, seats));
        if is_over && is_kept {
            shard.remove(&key);
            self.kept.fetch_sub(1, Ordering::Relaxed);
        }
        result
    }
}
