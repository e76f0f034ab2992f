use seawall_core::{KeyHash, Tick};

use crate::meter::{First, Meter};
use crate::order::{NONE, Order};

/// The keys of a shard, each with the state of its count.
///
/// Each is in the place that its hash chooses or, if that is taken, in the next free one (linear
/// probing). So a look-up mostly waits for memory once, and the table grows in steps of an eighth: all
/// in all some 33 bytes a key.
#[derive(Debug)]
pub(crate) struct Slots<M: Meter> {
    slots: Box<[Slot<M::State>]>,
    used: usize,
    idle: Order,
    /// Kept only where keys are evicted.
    usable: Option<Order>,
    /// Set where a rank is lower than other threads know.
    has_news: bool,
}

#[derive(Clone, Copy, Debug)]
struct Slot<S> {
    /// As two halves, which need no more alignment than a state; the upper one is zero if there is no
    /// key.
    key: (u64, u64),
    state: S,
}

/// A key's halves as they are kept: the upper one is never zero.
#[inline]
fn halves(key: KeyHash) -> (u64, u64) {
    let (lower, upper) = key.halves();
    (lower, upper.max(1))
}

impl<M: Meter> Slots<M> {
    const EMPTY: Slot<M::State> = Slot { key: (0, 0), state: M::FULL };

    pub(crate) fn new(evicts: bool) -> Self {
        Self::with_capacity(0, evicts)
    }

    pub(crate) fn with_capacity(keys: usize, evicts: bool) -> Self {
        Self::with_places(keys * 4 / 3, evicts)
    }

    fn with_places(places: usize, evicts: bool) -> Self {
        Self {
            slots: vec![Self::EMPTY; places].into_boxed_slice(),
            used: 0,
            idle: Order::new(places),
            usable: evicts.then(|| Order::new(places)),
            has_news: false,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.used
    }

    pub(crate) fn evicts(&self) -> bool {
        self.usable.is_some()
    }

    #[inline]
    pub(crate) fn find(&self, key: KeyHash) -> Option<usize> {
        let halves = halves(key);
        self.place(halves.0, |key| *key == halves)
    }

    /// Finds the key whose hash has this lower half.
    pub(crate) fn find_half(&self, half: u64) -> Option<usize> {
        self.place(half, |key| key.0 == half)
    }

    #[inline]
    fn place(&self, half: u64, is_it: impl Fn(&(u64, u64)) -> bool) -> Option<usize> {
        let mut place = self.home(half);
        // There is a free place if there is any.
        loop {
            let key = &self.slots.get(place)?.key;
            if key.1 == 0 {
                return None;
            }
            if is_it(key) {
                return Some(place);
            }
            place = self.next(place);
        }
    }

    /// The place that a hash chooses. Its bits are not those that choose a shard.
    #[inline]
    fn home(&self, half: u64) -> usize {
        scaled(half >> 32, self.slots.len())
    }

    #[inline]
    fn next(&self, place: usize) -> usize {
        if place + 1 == self.slots.len() { 0 } else { place + 1 }
    }

    fn steps(&self, from: usize, to: usize) -> usize {
        if from <= to { to - from } else { to + self.slots.len() - from }
    }

    #[inline]
    pub(crate) fn state(&self, at: usize) -> M::State {
        self.slots[at].state
    }

    pub(crate) fn key(&self, at: usize) -> KeyHash {
        let (lower, upper) = self.slots[at].key;
        KeyHash::from_halves(lower, upper)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (KeyHash, M::State)> {
        let slots = self.slots.iter().filter(|slot| slot.key.1 != 0);
        slots.map(|slot| (KeyHash::from_halves(slot.key.0, slot.key.1), slot.state))
    }

    #[inline]
    pub(crate) fn set(&mut self, at: usize, state: M::State, meter: &M) {
        let old = std::mem::replace(&mut self.slots[at].state, state);
        let mut note = |order: &mut Order, first| {
            let rank = meter.rank(first, state);
            if rank < meter.rank(first, old) {
                self.has_news |= order.lower(at, rank);
            } else {
                order.rise(at);
            }
        };
        note(&mut self.idle, First::Idle);
        if let Some(usable) = &mut self.usable {
            note(usable, First::Usable);
        }
    }

    /// Adds a key that is not there yet.
    pub(crate) fn insert(&mut self, key: KeyHash, state: M::State, meter: &M) {
        if (self.used + 1) * 5 > self.slots.len() * 4 {
            self.grow(meter);
        }
        self.put(Slot { key: halves(key), state }, meter);
    }

    fn grow(&mut self, meter: &M) {
        let grown = Self::with_places(8 + self.slots.len() * 9 / 8, self.evicts());
        let old = std::mem::replace(self, grown);
        self.has_news = old.has_news;
        let slots = old.slots.iter().filter(|slot| slot.key.1 != 0);
        slots.for_each(|slot| self.put(*slot, meter));
    }

    fn put(&mut self, slot: Slot<M::State>, meter: &M) {
        let mut place = self.home(slot.key.0);
        while self.slots[place].key.1 != 0 {
            place = self.next(place);
        }
        self.used += 1;
        self.slots[place] = slot;
        self.lower(place, meter);
    }

    /// Takes out the key at `at`. Others move up, so that none is behind a free place.
    pub(crate) fn remove(&mut self, at: usize, meter: &M) -> M::State {
        let removed = self.slots[at].state;
        self.used -= 1;
        let (mut free, mut place) = (at, at);
        loop {
            self.rise(free);
            place = self.next(place);
            while self.slots[place].key.1 != 0 && !self.moves(place, free) {
                place = self.next(place);
            }
            if self.slots[place].key.1 == 0 {
                break;
            }
            self.slots[free] = self.slots[place];
            self.lower(free, meter);
            free = place;
        }
        self.slots[free] = Self::EMPTY;
        removed
    }

    /// Returns true if the key at `place` is still found at `free`.
    fn moves(&self, place: usize, free: usize) -> bool {
        let home = self.home(self.slots[place].key.0);
        self.steps(home, place) >= self.steps(free, place)
    }

    fn rise(&mut self, at: usize) {
        self.idle.rise(at);
        if let Some(usable) = &mut self.usable {
            usable.rise(at);
        }
    }

    fn lower(&mut self, at: usize, meter: &M) {
        let state = self.slots[at].state;
        self.has_news |= self.idle.lower(at, meter.rank(First::Idle, state));
        if let Some(usable) = &mut self.usable {
            self.has_news |= usable.lower(at, meter.rank(First::Usable, state));
        }
    }

    /// Returns a rank than which no key has a lower one; after [`settle`](Self::settle), one has it.
    pub(crate) fn least(&self, first: First) -> u64 {
        match first {
            First::Idle => self.idle.least(),
            First::Usable => self.usable.as_ref().map_or(NONE, Order::least),
        }
    }

    /// Finds out the least rank.
    pub(crate) fn settle(&mut self, first: First, meter: &M) {
        let Self { idle, usable, slots, .. } = self;
        let order = match first {
            First::Idle => Some(idle),
            First::Usable => usable.as_mut(),
        };
        if let Some(order) = order {
            self.has_news |= order.settle(slots.len(), |at| rank(&slots[at], first, meter));
        }
    }

    /// Finds a key that is idle at `now`; or one that can be evicted: the one usable longest.
    pub(crate) fn find_first(&mut self, first: First, now: Tick, meter: &M) -> Option<usize> {
        let here = meter.rank_at(first, now);
        if self.least(first) <= here {
            self.settle(first, meter);
        }
        if self.least(first) > here {
            return None;
        }
        let order = if first == First::Idle { Some(&self.idle) } else { self.usable.as_ref() };
        let at = order?.first(self.slots.len(), |at| rank(&self.slots[at], first, meter))?;
        (first == First::Idle || !meter.is_used_up(self.state(at), now)).then_some(at)
    }

    /// Returns true, once, if other threads know other least ranks.
    #[inline]
    pub(crate) fn take_news(&mut self) -> bool {
        self.has_news && std::mem::take(&mut self.has_news)
    }
}

fn rank<M: Meter>(slot: &Slot<M::State>, first: First, meter: &M) -> u64 {
    if slot.key.1 == 0 { NONE } else { meter.rank(first, slot.state) }
}

/// `bits` of 32, as a number below `count`.
#[allow(clippy::cast_possible_truncation, reason = "less than `count`")]
#[inline]
const fn scaled(bits: u64, count: usize) -> usize {
    ((bits * count as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::bucket::Bucket;
    use crate::scale::Scale;

    #[derive(Clone, Debug)]
    enum Step {
        Put(u64, u64),
        Remove(u64),
        Settle,
    }

    fn step() -> impl Strategy<Value = Step> {
        let number = || 0..200_u64;
        prop_oneof![
            6 => (number(), 1..50_u64).prop_map(|(key, state)| Step::Put(key, state)),
            4 => number().prop_map(Step::Remove),
            1 => Just(Step::Settle),
        ]
    }

    /// Few different homes, many at the end of the table.
    fn key(number: u64) -> KeyHash {
        let lower = (u64::MAX << 32) - ((number % 7) << 58) + number;
        KeyHash::from_halves(lower, number)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn each_key_is_found_with_its_state_and_the_least_rank_is_known(
            steps in prop::collection::vec(step(), 0..600), evicts: bool,
        ) {
            let second = Duration::from_secs(1);
            let meter = Bucket::new(Scale::smooth(9, second), 9, second);
            let (mut slots, mut model) = (Slots::<Bucket>::new(evicts), HashMap::new());
            for step in steps {
                match step {
                    Step::Put(number, state) => {
                        match slots.find(key(number)) {
                            Some(at) => slots.set(at, state, &meter),
                            None => slots.insert(key(number), state, &meter),
                        }
                        model.insert(number, state);
                    }
                    Step::Remove(number) => {
                        let at = slots.find(key(number));
                        let removed = at.map(|at| slots.remove(at, &meter));
                        prop_assert_eq!(removed, model.remove(&number));
                    }
                    Step::Settle => {
                        slots.settle(First::Idle, &meter);
                        let least = model.values().min().copied();
                        prop_assert_eq!(slots.least(First::Idle), least.unwrap_or(NONE));
                    }
                }
                prop_assert_eq!((slots.len(), slots.iter().count()), (model.len(), model.len()));
                prop_assert!(model.values().all(|state| *state >= slots.least(First::Idle)));
                for number in 0..200 {
                    let found = slots.find(key(number)).map(|at| slots.state(at));
                    prop_assert_eq!(found, model.get(&number).copied());
                    let half = slots.find_half(key(number).halves().0).map(|at| slots.state(at));
                    prop_assert_eq!(half, found);
                }
            }
        }
    }
}
