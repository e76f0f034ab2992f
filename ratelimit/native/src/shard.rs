use std::time::Duration;

use hashbrown::HashTable;
use seawall_core::{KeyHash, KeyRoom, Tick};

use crate::act::Act;
use crate::meter::Meter;
use crate::rules::Rules;

/// A part of a rule's keys, each with the state of its count. Small, so that a walk through all of
/// it takes no more than some microseconds.
#[derive(Debug)]
pub(crate) struct Shard<M: Meter> {
    rules: Rules<M>,
    slots: HashTable<Slot<M::State>>,
    /// When looking for keys that can be forgotten will be worth it.
    reclaim_at: Tick,
}

#[derive(Clone, Copy, Debug)]
struct Slot<S> {
    /// As two halves, since a number of 128 bits would take twice the room beside one of 64.
    key: (u64, u64),
    state: S,
}

impl<S> Slot<S> {
    fn hash(&self) -> u64 {
        self.key.0
    }

    fn key(&self) -> KeyHash {
        KeyHash::from_halves(self.key.0, self.key.1)
    }

    /// Who has a lower one is full sooner.
    fn rank<M: Meter<State = S>>(&self, rules: &Rules<M>) -> u64
    where
        S: Copy,
    {
        match rules.for_all() {
            Some(meter) => meter.rank(self.state),
            // Ranks of different rules do not compare, times do.
            None => rules.of(self.key()).full_at(self.state).as_nanos(),
        }
    }
}

/// There is no room for one more key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoRoom {
    /// When there may be.
    pub(crate) until: Tick,
}

impl<M: Meter> Shard<M> {
    pub(crate) fn new(rules: Rules<M>) -> Self {
        Self { rules, slots: HashTable::new(), reclaim_at: Tick::ZERO }
    }

    /// Does `act` to the count of `key`. One of which nothing was spent is kept only if something is
    /// now.
    ///
    /// # Errors
    /// If there is no room for its count.
    #[inline]
    pub(crate) fn apply<A: Act>(
        &mut self,
        key: KeyHash,
        act: &A,
        now: Tick,
        room: &KeyRoom,
    ) -> Result<A::Outcome, NoRoom> {
        let meter = self.rules.of(key);
        let halves = key.halves();
        if let Some(slot) = self.slots.find_mut(halves.0, |slot| slot.key == halves) {
            let (state, outcome) = act.on(meter, slot.state);
            if let Some(state) = state {
                slot.state = state;
            }
            if A::FREES {
                self.reclaim_at = Tick::ZERO;
            }
            return Ok(outcome);
        }
        self.apply_to_new(key, act, now, room)
    }

    /// Does `act` to the count of a key that has none yet.
    #[inline(never)]
    fn apply_to_new<A: Act>(
        &mut self,
        key: KeyHash,
        act: &A,
        now: Tick,
        room: &KeyRoom,
    ) -> Result<A::Outcome, NoRoom> {
        let meter = self.rules.of(key);
        let (state, outcome) = act.on(meter, M::FULL);
        // A state that is full already is as good as none.
        let Some(state) = state.filter(|state| !meter.is_full(*state, now)) else {
            return if A::SEEKS {
                self.look_for_room(now, room).map(|()| outcome)
            } else {
                Ok(outcome)
            };
        };
        if !room.enter() {
            self.make_room(now, room)?;
        }
        let slot = Slot { key: key.halves(), state };
        self.slots.insert_unique(slot.hash(), slot, Slot::hash);
        Ok(outcome)
    }

    /// Does `act` to the count of the key whose hash has this half, if there is one.
    pub(crate) fn apply_to_half<A: Act>(&mut self, half: u64, act: &A) {
        if let Some(slot) = self.slots.find_mut(half, |slot| slot.key.0 == half) {
            if let (Some(state), _) = act.on(self.rules.of(slot.key()), slot.state) {
                slot.state = state;
            }
            if A::FREES {
                self.reclaim_at = Tick::ZERO;
            }
        }
    }

    /// Gives `key` a rule of its own, or takes it away. What was spent is kept.
    pub(crate) fn set_own(&mut self, key: KeyHash, own: Option<M>, now: Tick) {
        let (old, new) = (self.rules.of(key), own.as_ref().unwrap_or(self.rules.of_all()));
        let halves = key.halves();
        if let Some(slot) = self.slots.find_mut(halves.0, |slot| slot.key == halves) {
            slot.state = new.restore(old.spent(slot.state, now), now);
        }
        self.rules.set_own(key, own);
        self.reclaim_at = Tick::ZERO;
    }

    /// The same keys under other rules, with what they spent.
    pub(crate) fn under<N: Meter>(self, rules: Rules<N>, now: Tick) -> Shard<N> {
        let mut shard = Shard::new(rules);
        shard.slots.reserve(self.slots.len(), Slot::hash);
        for slot in self.slots {
            let (old, new) = (self.rules.of(slot.key()), shard.rules.of(slot.key()));
            let state = new.restore(old.spent(slot.state, now), now);
            let slot = Slot { key: slot.key, state };
            shard.slots.insert_unique(slot.hash(), slot, Slot::hash);
        }
        shard
    }

    /// Makes room for one more.
    fn make_room(&mut self, now: Tick, room: &KeyRoom) -> Result<(), NoRoom> {
        if now >= self.reclaim_at {
            room.leave(self.reclaim(now) as u64);
        }
        if room.enter() {
            return Ok(());
        }
        if room.evicts() {
            room.leave(self.evict(now) as u64);
        }
        if room.enter() { Ok(()) } else { Err(self.no_room(now)) }
    }

    /// Would there be room for one more?
    fn look_for_room(&mut self, now: Tick, room: &KeyRoom) -> Result<(), NoRoom> {
        if room.is_full() && now >= self.reclaim_at {
            room.leave(self.reclaim(now) as u64);
        }
        let evictable =
            |slot: &Slot<M::State>| !self.rules.of(slot.key()).is_used_up(slot.state, now);
        match room.is_full() && !(room.evicts() && self.slots.iter().any(evictable)) {
            true => Err(self.no_room(now)),
            false => Ok(()),
        }
    }

    fn no_room(&self, now: Tick) -> NoRoom {
        NoRoom { until: self.reclaim_at.max(now + Duration::from_nanos(1)) }
    }

    /// Forgets the keys that have nothing to their account, which forgives nobody anything, and says
    /// how many.
    ///
    /// Where these are few, it is not tried again before an eighth will be full: so strangers who
    /// keep coming cost everyone a few steps each, and not a walk through all keys.
    fn reclaim(&mut self, now: Tick) -> usize {
        let before = self.slots.len();
        let Self { rules, slots, .. } = self;
        slots.retain(|slot| !rules.of(slot.key()).is_full(slot.state, now));
        let (after, worthwhile) = (slots.len(), before.div_ceil(8));
        let freed = before - after;
        if freed < worthwhile && after > 0 {
            let ranked = |slot: &Slot<M::State>| (slot.rank(rules), *slot);
            let mut ranked: Vec<_> = slots.iter().map(ranked).collect();
            let nth = (worthwhile - freed - 1).min(after - 1);
            let (_, (_, slot), _) = ranked.select_nth_unstable_by_key(nth, |(rank, _)| *rank);
            self.reclaim_at = rules.of(slot.key()).full_at(slot.state);
        }
        freed
    }

    /// Forgets a sixteenth of the keys, those that are full soonest, but none that is used up; and
    /// says how many.
    fn evict(&mut self, now: Tick) -> usize {
        let Self { rules, slots, .. } = self;
        let may_go = |slot: &Slot<M::State>| {
            let meter = rules.of(slot.key());
            (!meter.is_used_up(slot.state, now)).then(|| slot.rank(rules))
        };
        let mut coldest: Vec<u64> = slots.iter().filter_map(may_go).collect();
        if coldest.is_empty() {
            return 0;
        }
        let mut left = slots.len().div_ceil(16).min(coldest.len());
        let (_, last, _) = coldest.select_nth_unstable(left - 1);
        let (last, evicted) = (*last, left);
        slots.retain(|slot| {
            let goes = left > 0 && may_go(slot).is_some_and(|rank| rank <= last);
            left -= usize::from(goes);
            !goes
        });
        evicted - left
    }
}
