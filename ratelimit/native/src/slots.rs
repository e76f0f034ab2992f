use hashbrown::HashTable;
use seawall_core::{KeyHash, Tick};

use crate::meter::{First, Meter};
use crate::order::{NONE, Order};

/// The keys of a shard, each with the state of its count.
///
/// Keys and states lie close together, found by a table of two bytes an entry: all in all some 31
/// bytes a key, however the number of keys came about.
#[derive(Debug)]
pub(crate) struct Slots<M: Meter> {
    index: HashTable<u16>,
    /// As two halves, which need no more alignment than a state.
    keys: Vec<(u64, u64)>,
    states: Vec<M::State>,
    idle: Order,
    /// Kept only where keys are evicted.
    usable: Option<Order>,
}

impl<M: Meter> Slots<M> {
    pub(crate) fn new(evicts: bool) -> Self {
        Self::with_capacity(0, evicts)
    }

    pub(crate) fn with_capacity(keys: usize, evicts: bool) -> Self {
        Self {
            index: HashTable::with_capacity(keys),
            keys: Vec::with_capacity(keys),
            states: Vec::with_capacity(keys),
            idle: Order::with_capacity(keys),
            usable: evicts.then(|| Order::with_capacity(keys)),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(crate) fn evicts(&self) -> bool {
        self.usable.is_some()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.len() > usize::from(u16::MAX)
    }

    #[inline]
    pub(crate) fn find(&self, key: KeyHash) -> Option<usize> {
        let halves = key.halves();
        let is_it = |at: &u16| self.keys[usize::from(*at)] == halves;
        self.index.find(halves.0, is_it).map(|at| usize::from(*at))
    }

    /// Finds the key whose hash has this lower half.
    pub(crate) fn find_half(&self, half: u64) -> Option<usize> {
        let is_it = |at: &u16| self.keys[usize::from(*at)].0 == half;
        self.index.find(half, is_it).map(|at| usize::from(*at))
    }

    #[inline]
    pub(crate) fn state(&self, at: usize) -> M::State {
        self.states[at]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (KeyHash, M::State)> {
        let keys = self.keys.iter().map(|(lower, upper)| KeyHash::from_halves(*lower, *upper));
        keys.zip(self.states.iter().copied())
    }

    #[inline]
    pub(crate) fn set(&mut self, at: usize, state: M::State, meter: &M) {
        let old = std::mem::replace(&mut self.states[at], state);
        let (states, count) = (&self.states, self.states.len());
        let ranks = (meter.rank(First::Idle, old), meter.rank(First::Idle, state));
        self.idle.change(at, ranks, count, |at| meter.rank(First::Idle, states[at]));
        if let Some(usable) = &mut self.usable {
            let ranks = (meter.rank(First::Usable, old), meter.rank(First::Usable, state));
            usable.change(at, ranks, count, |at| meter.rank(First::Usable, states[at]));
        }
    }

    /// Adds a key that is not there yet.
    pub(crate) fn insert(&mut self, key: KeyHash, state: M::State, meter: &M) {
        let (at, halves) = (self.len(), key.halves());
        let Ok(short) = u16::try_from(at) else { return };
        let spare = 8 + at / 8;
        if self.keys.capacity() == at {
            self.keys.reserve_exact(spare);
            self.states.reserve_exact(spare);
        }
        self.keys.push(halves);
        self.states.push(state);
        let keys = &self.keys;
        self.index.insert_unique(halves.0, short, |at| keys[usize::from(*at)].0);
        self.refresh(at, meter);
    }

    /// Takes out the key at `at`. The last one takes its place.
    pub(crate) fn remove(&mut self, at: usize, meter: &M) -> M::State {
        let last = self.len() - 1;
        self.point(at, None);
        if at != last {
            self.point(last, u16::try_from(at).ok());
        }
        self.keys.swap_remove(at);
        let state = self.states.swap_remove(at);
        self.refresh(last, meter);
        if at != last {
            self.refresh(at, meter);
        }
        state
    }

    /// Has the entry that finds the key at `at` find it at `to`, or no longer.
    fn point(&mut self, at: usize, to: Option<u16>) {
        let found = self.index.find_entry(self.keys[at].0, |entry| usize::from(*entry) == at);
        match (found, to) {
            (Ok(mut entry), Some(to)) => *entry.get_mut() = to,
            (Ok(entry), None) => drop(entry.remove()),
            (Err(_), _) => {}
        }
    }

    /// Returns the rank of the key that is idle, or usable, first.
    pub(crate) fn least(&self, first: First) -> u64 {
        match first {
            First::Idle => self.idle.least(),
            First::Usable => self.usable.as_ref().map_or(NONE, Order::least),
        }
    }

    /// Finds a key that is idle at `now`; or one that can be evicted: the one usable longest.
    pub(crate) fn find_first(&self, first: First, now: Tick, meter: &M) -> Option<usize> {
        let (count, states) = (self.len(), &self.states);
        if self.least(first) > meter.rank_at(first, now) {
            return None;
        }
        match first {
            First::Idle => self.idle.first(count, |at| meter.rank(First::Idle, states[at])),
            First::Usable => {
                let usable = self.usable.as_ref()?;
                let at = usable.first(count, |at| meter.rank(First::Usable, states[at]))?;
                (!meter.is_used_up(states[at], now)).then_some(at)
            }
        }
    }

    fn refresh(&mut self, at: usize, meter: &M) {
        let (states, count) = (&self.states, self.states.len());
        self.idle.refresh(at, count, |at| meter.rank(First::Idle, states[at]));
        if let Some(usable) = &mut self.usable {
            usable.refresh(at, count, |at| meter.rank(First::Usable, states[at]));
        }
    }
}
