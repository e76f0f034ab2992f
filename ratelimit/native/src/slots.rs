use seawall_core::{KeyHash, Tick};

use crate::index::{Index, MAX_SLOTS};
use crate::meter::{First, Meter};
use crate::order::{NONE, Order};

/// The keys of a shard, each with the state of its count.
///
/// They lie close together, found by a table of four bytes an entry: all in all some 31 bytes a key,
/// however the number of keys came about.
#[derive(Debug)]
pub(crate) struct Slots<M: Meter> {
    index: Index,
    slots: Vec<Slot<M::State>>,
    idle: Order,
    /// Kept only where keys are evicted.
    usable: Option<Order>,
    /// Set where a rank is lower than other threads know.
    has_news: bool,
}

#[derive(Clone, Copy, Debug)]
struct Slot<S> {
    /// As two halves, which need no more alignment than a state.
    key: (u64, u64),
    state: S,
}

impl<M: Meter> Slots<M> {
    pub(crate) fn new(evicts: bool) -> Self {
        Self::with_capacity(0, evicts)
    }

    pub(crate) fn with_capacity(keys: usize, evicts: bool) -> Self {
        Self {
            index: Index::with_capacity(keys),
            slots: Vec::with_capacity(keys),
            idle: Order::with_capacity(keys),
            usable: evicts.then(|| Order::with_capacity(keys)),
            has_news: false,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn evicts(&self) -> bool {
        self.usable.is_some()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.len() >= MAX_SLOTS
    }

    #[inline]
    pub(crate) fn find(&self, key: KeyHash) -> Option<usize> {
        let halves = key.halves();
        self.index.find(halves.0, |at| self.slots[at].key == halves)
    }

    /// Finds the key whose hash has this lower half.
    pub(crate) fn find_half(&self, half: u64) -> Option<usize> {
        self.index.find(half, |at| self.slots[at].key.0 == half)
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
        self.slots.iter().map(|slot| (KeyHash::from_halves(slot.key.0, slot.key.1), slot.state))
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

    /// Adds a key that is not there yet, if the shard is not [full](Self::is_full).
    pub(crate) fn insert(&mut self, key: KeyHash, state: M::State, meter: &M) {
        if self.is_full() {
            return;
        }
        let (at, halves) = (self.len(), key.halves());
        if self.slots.capacity() == at {
            self.slots.reserve_exact(8 + at / 8);
        }
        self.slots.push(Slot { key: halves, state });
        self.index.insert(halves.0, at);
        self.lower(at, meter);
    }

    /// Takes out the key at `at`. The last one takes its place.
    pub(crate) fn remove(&mut self, at: usize, meter: &M) -> M::State {
        let last = self.len() - 1;
        self.index.remove(self.slots[at].key.0, at);
        if at != last {
            self.index.change(self.slots[last].key.0, last, at);
        }
        let slot = self.slots.swap_remove(at);
        for order in [Some(&mut self.idle), self.usable.as_mut()].into_iter().flatten() {
            order.rise(last);
            order.rise(at);
        }
        if at != last {
            self.lower(at, meter);
        }
        slot.state
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
            self.has_news |= order.settle(slots.len(), |at| meter.rank(first, slots[at].state));
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
        let at = order?.first(self.len(), |at| meter.rank(first, self.state(at)))?;
        (first == First::Idle || !meter.is_used_up(self.state(at), now)).then_some(at)
    }

    /// Returns true, once, if other threads know other least ranks.
    #[inline]
    pub(crate) fn take_news(&mut self) -> bool {
        self.has_news && std::mem::take(&mut self.has_news)
    }
}
