use std::sync::Arc;

use seawall_core::{KeyHash, KeyRoom, Tick};

use crate::act::{Act, Done};
use crate::meter::{First, Meter};
use crate::own::OwnLimits;
use crate::queues::Queues;
use crate::slots::Slots;
use crate::wakes::Wakes;

/// A part of a rule's keys, each with the state of its count.
///
/// Each call looks at a bounded number of entries, also where it makes room for a key.
#[derive(Debug)]
pub(crate) struct Shard<M: Meter> {
    /// Shared by all shards, so that it stays in the processor's caches.
    meter: Arc<M>,
    slots: Slots<M>,
    own: OwnLimits<M>,
    queues: Queues<M>,
}

/// What became of a call with a key that is not kept.
#[derive(Debug)]
pub(crate) enum New<O> {
    Done(O),
    /// Nothing is to be kept, but the outcome holds only if there is room for the key.
    IfRoom(O, Here),
    /// The key is to be kept, and there is no room for it.
    NoRoom(Here),
}

/// The current time, as a shard's ranks count it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Here([u64; 2]);

impl Here {
    pub(crate) const fn of(self, first: First) -> u64 {
        self.0[first as usize]
    }
}

/// Idle keys that are forgotten at once.
const SOME: u64 = 8;

impl<M: Meter> Shard<M> {
    pub(crate) fn new(meter: &Arc<M>, evicts: bool) -> Self {
        let (slots, own, queues) = (Slots::new(evicts), OwnLimits::new(), Queues::new());
        Self { meter: Arc::clone(meter), slots, own, queues }
    }

    /// Takes out the calls to wake, to be woken when the shard is no longer locked.
    #[inline]
    pub(crate) fn take_wakes(&mut self) -> Option<Wakes> {
        self.queues.take_wakes()
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Does `act` to the count of `key`, if that is kept.
    #[inline]
    pub(crate) fn apply<A: Act>(&mut self, key: KeyHash, act: &A) -> Option<A::Outcome> {
        if !self.own.is_empty()
            && let Some(outcome) = self.own.apply(key, act, &mut self.queues)
        {
            return Some(outcome);
        }
        let at = self.slots.find(key)?;
        Some(self.apply_at(at, act))
    }

    /// Does `act` to the count of the key whose hash has this lower half, if that is kept.
    pub(crate) fn apply_to_half<A: Act>(&mut self, half: u64, act: &A) -> Option<A::Outcome> {
        if let Some(outcome) = self.own.apply_to_half(half, act, &mut self.queues) {
            return Some(outcome);
        }
        let at = self.slots.find_half(half)?;
        Some(self.apply_at(at, act))
    }

    #[inline]
    fn apply_at<A: Act>(&mut self, at: usize, act: &A) -> A::Outcome {
        let (slots, state) = (&self.slots, self.slots.state(at));
        let (state, outcome) = self.queues.apply(&self.meter, || slots.key(at), state, act);
        if let Some(state) = state {
            self.slots.set(at, state, &self.meter);
        }
        outcome
    }

    /// Does `act` to the count of a key that is not kept. It is kept if it then has spent something,
    /// in `place` or in one that `room` has.
    pub(crate) fn apply_to_new<A: Act>(
        &mut self,
        key: KeyHash,
        act: &A,
        now: Tick,
        room: &KeyRoom,
        place: &mut bool,
    ) -> New<A::Outcome> {
        let meter = &*self.meter;
        let (state, outcome) = match act.on(meter, M::FULL) {
            Done::Set(state, outcome) if !meter.is_full(state, now) => (state, outcome),
            Done::Set(_, outcome) | Done::Keep(outcome) => {
                return match A::needs_place(&outcome) && !*place && room.is_full() {
                    true => New::IfRoom(outcome, self.here(now)),
                    false => New::Done(outcome),
                };
            }
            Done::Queue => {
                if !(*place || room.enter()) {
                    return New::NoRoom(self.here(now));
                }
                *place = false;
                let (state, outcome) = self.queues.apply(meter, || key, M::FULL, act);
                self.slots.insert(key, state.unwrap_or(M::FULL), meter);
                return New::Done(outcome);
            }
        };
        if !(*place || room.enter()) {
            return New::NoRoom(self.here(now));
        }
        *place = false;
        self.slots.insert(key, state, meter);
        New::Done(outcome)
    }

    fn here(&self, now: Tick) -> Here {
        Here([First::Idle, First::Usable].map(|first| self.meter.rank_at(first, now)))
    }

    /// Returns a rank than which no key that can be forgotten has a lower one.
    pub(crate) fn least(&self, first: First) -> u64 {
        self.slots.least(first)
    }

    /// Returns the least rank, and when its key is idle.
    pub(crate) fn settle(&mut self, first: First) -> (u64, Tick) {
        self.slots.settle(first, &self.meter);
        let least = self.slots.least(first);
        (least, self.meter.idle_at(least))
    }

    #[inline]
    pub(crate) fn take_news(&mut self) -> bool {
        self.slots.take_news()
    }

    /// Forgets some of the keys that are idle; or the coldest of those with a token left. Returns how
    /// many.
    pub(crate) fn forget(&mut self, first: First, now: Tick) -> u64 {
        let max = if first == First::Idle { SOME } else { 1 };
        let forget_one = |_: &u64| {
            let found = self.slots.find_first(first, now, &self.meter);
            found.map(|at| self.remove(at)).is_some()
        };
        (0..max).take_while(forget_one).count() as u64
    }

    fn remove(&mut self, at: usize) -> M::State {
        self.queues.forget(self.slots.key(at));
        self.slots.remove(at, &self.meter)
    }

    /// Gives `key` a limit of its own, or takes it away. What it spent is kept.
    pub(crate) fn set_own(&mut self, key: KeyHash, own: Option<M>, now: Tick, room: &KeyRoom) {
        let meter = &*self.meter;
        if let Some(own) = own {
            let before = self.slots.find(key).map_or(M::FULL, |at| {
                room.leave(1);
                self.slots.remove(at, meter)
            });
            self.own.set(key, own, before, meter, now, &mut self.queues);
        } else if let Some(state) = self.own.clear(key, meter, now, &mut self.queues)
            && !meter.is_full(state, now)
        {
            room.enter_anyway();
            self.slots.insert(key, state, meter);
        }
    }

    /// Moves the keys whose hashes' lower halves `goes` is true for into a shard of their own.
    pub(crate) fn split(&mut self, goes: impl Fn(u64) -> bool) -> Self {
        let (meter, evicts) = (&*self.meter, self.slots.evicts());
        let gone = self.slots.iter().filter(|(key, _)| goes(key.halves().0)).count();
        let mut stay = Slots::with_capacity(self.slots.len() - gone, evicts);
        let mut others = Slots::with_capacity(gone, evicts);
        for (key, state) in self.slots.iter() {
            let slots = if goes(key.halves().0) { &mut others } else { &mut stay };
            slots.insert(key, state, meter);
        }
        self.slots = stay;
        let (own, queues) = (self.own.split(&goes), self.queues.split(&goes));
        Self { meter: Arc::clone(&self.meter), slots: others, own, queues }
    }

    /// Counts all keys but those with limits of their own by `meter`. Forgets those that are idle, and
    /// says so to `room`.
    pub(crate) fn change(&mut self, meter: &Arc<M>, evicts: bool, now: Tick, room: &KeyRoom) {
        let (old, queues) = (&*self.meter, &mut self.queues);
        let convert = |key, state| queues.convert(key, state, old, meter, now);
        let slots = converted(&self.slots, &**meter, evicts, now, room, convert);
        self.slots = slots;
        self.meter = Arc::clone(meter);
    }

    /// Returns the same keys under another algorithm, with what they spent; `own` are the meters of
    /// those with limits of their own.
    pub(crate) fn under<N: Meter>(
        &mut self,
        meter: &Arc<N>,
        own_meter: impl Fn(KeyHash) -> Option<N>,
        evicts: bool,
        now: Tick,
        room: &KeyRoom,
    ) -> Shard<N> {
        let (mut queues, old) = (Queues::new(), &*self.meter);
        let convert = |key, state| {
            let account = self.queues.take(key, state);
            queues.restore(key, account, old, &**meter, now)
        };
        let slots = converted(&self.slots, &**meter, evicts, now, room, convert);
        let own = std::mem::replace(&mut self.own, OwnLimits::new());
        let own = own.under(own_meter, now, &mut self.queues, &mut queues);
        Shard { meter: Arc::clone(meter), slots, own, queues }
    }
}

/// Returns the same keys with states that `convert` makes of theirs. Forgets those that are idle, and
/// says so to `room`.
fn converted<M: Meter, N: Meter>(
    old: &Slots<M>,
    meter: &N,
    evicts: bool,
    now: Tick,
    room: &KeyRoom,
    mut convert: impl FnMut(KeyHash, M::State) -> N::State,
) -> Slots<N> {
    let mut slots = Slots::with_capacity(old.len(), evicts);
    for (key, state) in old.iter() {
        let state = convert(key, state);
        if !meter.is_full(state, now) {
            slots.insert(key, state, meter);
        }
    }
    room.leave((old.len() - slots.len()) as u64);
    slots
}
