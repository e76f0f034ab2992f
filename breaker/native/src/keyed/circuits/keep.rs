use seawall_core::{Call, KeyHash, Tick};

use super::KeyedCircuits;
use crate::keyed::shard::Shard;
use crate::keyed::ticket::Ticket;
use crate::machine::Refused;
use crate::sync::{Mutex, lock};

/// Number of tries to find room that another thread was first to take.
const TRIES: usize = 8;

/// How a key comes to be kept, and others make room for it. Only one shard is locked at a time.
impl KeyedCircuits {
    /// Answers a call whose key was not kept a moment ago. Returns `None` if there is no room for it.
    #[cold]
    pub(super) fn enter_new(
        &self,
        key: KeyHash,
        now: Tick,
        call: &Call<'_>,
    ) -> Option<Result<Ticket, Refused>> {
        self.with_kept(key, now, |shard| shard.enter(key, now, call)).flatten()
    }

    /// Does something with the shard of `key`, which is kept from now on. Returns `None` if there is no
    /// room for it.
    pub(super) fn with_kept<T>(
        &self,
        key: KeyHash,
        now: Tick,
        act: impl FnOnce(&mut Shard) -> T,
    ) -> Option<T> {
        let mut shard = lock(self.shard_of(key));
        if !shard.has(key) {
            drop(shard);
            if !self.make_room(Self::shard_index(key), now) {
                return None;
            }
            shard = lock(self.shard_of(key));
            if shard.has(key) {
                self.room.leave(1);
            } else {
                shard.keep(key, now);
            }
        }
        Some(act(&mut shard))
    }

    /// Takes room for one more key, for which others may be forgotten. Returns false if there is none.
    fn make_room(&self, first: usize, now: Tick) -> bool {
        for _ in 0..TRIES {
            if self.room.enter() {
                return true;
            }
            if !self.forget(first, now) {
                return false;
            }
        }
        false
    }

    /// Forgets one key: one that is clear, from the shard at `first` on; or else the coldest one, if keys
    /// are evicted. Returns false if there is none.
    fn forget(&self, first: usize, now: Tick) -> bool {
        let (before, from) = self.shards.split_at(first);
        let forgotten = from.iter().chain(before).any(|shard| lock(shard).forget_clear(now))
            || (self.room.evicts() && self.evict());
        if forgotten {
            self.room.leave(1);
        }
        forgotten
    }

    fn evict(&self) -> bool {
        let coldest = |shard: &&Mutex<Shard>| lock(shard).coldest();
        let shards = self.shards.iter().filter_map(|shard| Some((coldest(&shard)?, shard)));
        let shard = shards.min_by_key(|(used, _)| *used);
        shard.is_some_and(|(_, shard)| lock(shard).evict())
    }

    /// Forgets keys until there are no more than `max_keys`, as far as that is possible.
    pub(super) fn shrink(&self, now: Tick) {
        while self.room.kept() > self.room.max() && self.forget(0, now) {}
    }
}
