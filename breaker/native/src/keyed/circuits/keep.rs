use seawall_core::{KeyHash, Tick};

use super::Circuits;
use crate::keyed::shard::{Entered, Shard};
use crate::sync::{Mutex, lock};

/// So often room is looked for again that another thread was first to take.
const TRIES: usize = 8;

/// How a key comes to be kept, and others make room for it.
///
/// No more than one shard is locked at any time.
impl Circuits {
    /// A call asks with a key that was not kept a moment ago; `None` if there is no room for it.
    #[cold]
    pub(super) fn enter_new(&self, key: KeyHash, now: Tick) -> Option<Entered> {
        self.make_room(self.home(key), now).then(|| {
            let mut shard = lock(self.shard_of(key));
            if let Some(entered) = shard.enter(key, now) {
                // Another thread was first.
                self.room.leave(1);
                return entered;
            }
            shard.enter_new(key, now)
        })
    }

    /// Does something with the shard that keeps `key`, from now on if not before. `None` if there is no
    /// room for it.
    pub(crate) fn with_kept<T>(
        &self,
        key: KeyHash,
        now: Tick,
        act: impl FnOnce(&mut Shard) -> T,
    ) -> Option<T> {
        let mut shard = lock(self.shard_of(key));
        if !shard.has(key) {
            drop(shard);
            if !self.make_room(self.home(key), now) {
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

    /// Takes room for one key more, which others may have to be forgotten for. Was there any?
    fn make_room(&self, home: usize, now: Tick) -> bool {
        for _ in 0..TRIES {
            if self.room.enter() {
                return true;
            }
            if !self.forget(home, now) {
                return false;
            }
        }
        false
    }

    /// Forgets one key: that of which nothing is lost, in the shard at `home` if there is one; else the
    /// coldest, if keys are evicted. Was there one?
    fn forget(&self, home: usize, now: Tick) -> bool {
        let (before, from) = self.shards.split_at(home);
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

    /// Forgets keys until there are no more than may be, as far as that is possible.
    pub(crate) fn shrink(&self, now: Tick) {
        while self.room.kept() > self.room.max() && self.forget(0, now) {}
    }
}
