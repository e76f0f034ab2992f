use super::{First, Here, Keys, New, NoRoom, Ordering};
use crate::act::Act;
use crate::first_key::Found;
use seawall_core::{KeyHash, Tick};

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
        let forget =
            |found: Found| match self.in_shard(found.shard, |shard| shard.forget(first, now)) {
                0 => None,
                forgotten => Some(forgotten),
            };
        self.search(first, here.of(first), forget).unwrap_or(0)
    }

    fn has_room(&self, here: Here) -> bool {
        let has = |first| {
            let settled = |found: Found| self.settle(first, found).0;
            let is_by_now = |found| (settled(found) <= here.of(first)).then_some(());
            self.search(first, here.of(first), is_by_now).is_some()
        };
        has(First::Idle) || (self.room.evicts() && has(First::Usable))
    }

    /// Says when a key is idle next. Where kept keys are used all the time in many shards, that may be
    /// a later one than the next.
    #[cold]
    fn no_room(&self) -> NoRoom {
        let (mut least, mut until) = (u64::MAX, Tick::MAX);
        if self.room.rejects() {
            self.search(First::Idle, u64::MAX, |found| {
                if least > found.rank {
                    let (rank, idle_at) = self.settle(First::Idle, found);
                    (least, until) = (least.min(rank), until.min(idle_at));
                }
                (least <= found.rank).then_some(())
            });
        }
        NoRoom { until }
    }

    fn settle(&self, first: First, found: Found) -> (u64, Tick) {
        self.in_shard(found.shard, |shard| shard.settle(first))
    }

    /// Runs `act` on the shards where a key may be idle, or usable, first of all, if the key's rank may
    /// be as low as `by`; until it returns something, and in a bounded number of shards.
    fn search<T>(
        &self,
        first: First,
        by: u64,
        mut act: impl FnMut(Found) -> Option<T>,
    ) -> Option<T> {
        let memory = &self.first[first as usize];
        if let Some(last) = memory.last() {
            if last.rank > by {
                return None;
            }
            if self.ranks(last.shard).get(first) == last.rank
                && let Some(result) = act(last)
            {
                return Some(result);
            }
        }
        let shards = self.shards.load(Ordering::Acquire);
        let found = memory.find((0..shards).map(|index| self.ranks(index).get(first)));
        found
            .into_iter()
            .take_while(|found| found.rank <= by && found.rank < u64::MAX)
            .find_map(act)
    }
}
