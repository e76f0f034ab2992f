use super::{First, Here, Keys, New, NoRoom, Ordering};
use crate::act::Act;
use crate::first_key::Found;
use seawall_core::{KeyHash, Tick};

/// How often room is looked for again where another thread was first to take it.
const TRIES: usize = 4;

/// In a shard with as many keys, its coldest key is cold enough to go.
const SAMPLE: usize = 64;

/// Where more keys are kept than may be, a new one has as many others forgotten besides.
const SURPLUS: usize = 8;

/// How a key comes to be kept, and others make room for it: in a bounded number of steps.
///
/// No more than one shard is locked at any time.
impl Keys {
    /// Does `act` to the count of a key that was not kept a moment ago.
    #[inline(never)]
    pub(super) fn apply_to_new<A: Act>(
        &self,
        key: KeyHash,
        act: &A,
        now: Tick,
    ) -> Result<A::Outcome, NoRoom> {
        let half = key.halves().0;
        let mut place = false;
        let attempt = |place: &mut bool| {
            self.with(half, |shard| match shard.apply(key, act) {
                // Another thread was first.
                Some(outcome) => New::Done(outcome),
                None => shard.apply_to_new(key, act, now, &self.room, place),
            })
        };
        let attempted = match attempt(&mut place) {
            New::NoRoom(here) if self.make_room(half, here, now) => {
                place = true;
                attempt(&mut place)
            }
            attempted => attempted,
        };
        if place {
            self.room.leave(1);
        }
        match attempted {
            New::Done(outcome) => {
                self.grow();
                Ok(outcome)
            }
            New::IfRoom(outcome, here) if self.has_room(here) => Ok(outcome),
            New::IfRoom(..) | New::NoRoom(_) => Err(self.no_room()),
        }
    }

    /// Forgets a key, whose place is the caller's then. Returns true if there was one to forget.
    fn make_room(&self, half: u64, here: Here, now: Tick) -> bool {
        let made = self.forget(half, here, now);
        if made > 0 {
            self.room.leave(made - 1);
            self.shrink(half, here, now);
        }
        made > 0
    }

    /// Forgets some keys more if there are more than may be.
    fn shrink(&self, half: u64, here: Here, now: Tick) {
        for _ in 0..SURPLUS {
            if self.room.kept() <= self.room.max() {
                return;
            }
            match self.forget(half, here, now) {
                0 => return,
                forgotten => self.room.leave(forgotten),
            }
        }
    }

    fn forget(&self, half: u64, here: Here, now: Tick) -> u64 {
        match self.forget_first(First::Idle, half, here, now) {
            0 if self.room.evicts() => self.forget_first(First::Usable, half, here, now),
            forgotten => forgotten,
        }
    }

    /// Forgets keys in the shard of the new key if it can, else in the shard where they go first.
    fn forget_first(&self, first: First, half: u64, here: Here, now: Tick) -> u64 {
        let near = self.with(half, |shard| match first {
            First::Usable if shard.len() < SAMPLE => 0,
            First::Usable | First::Idle => shard.forget(first, now),
        });
        if near > 0 {
            return near;
        }
        for _ in 0..TRIES {
            let Some(found) = self.first_by(first, here) else { return 0 };
            match self.update(found.shard, |held| held.shard.forget(first, now)) {
                0 => {}
                forgotten => return forgotten,
            }
        }
        0
    }

    fn has_room(&self, here: Here) -> bool {
        self.first_by(First::Idle, here).is_some()
            || (self.room.evicts() && self.first_by(First::Usable, here).is_some())
    }

    #[cold]
    fn no_room(&self) -> NoRoom {
        match self.room.rejects() {
            true => NoRoom { until: self.first(First::Idle).at },
            false => NoRoom { until: Tick::MAX },
        }
    }

    /// Finds the key that is idle, or usable, first of all, if it is so by now.
    fn first_by(&self, first: First, here: Here) -> Option<Found> {
        if let Some(last) = self.first[first as usize].last()
            && last.rank > here.of(first)
        {
            return None;
        }
        Some(self.first(first)).filter(|found| found.rank <= here.of(first))
    }

    /// Finds the key that is idle, or usable, first of all.
    fn first(&self, first: First) -> Found {
        let memory = &self.first[first as usize];
        if let Some(last) = memory.last()
            && self.ranks(last.shard).get(first) == last.rank
        {
            return last;
        }
        let shards = self.shards.load(Ordering::Acquire);
        let ranks = (0..shards).map(|index| self.ranks(index).get(first));
        memory.find(ranks, |index, rank| self.lock(index).shard.idle_at(rank))
    }
}
