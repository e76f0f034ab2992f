use hashbrown::HashTable;
use seawall_core::{KeyHash, Tick};

use crate::act::Act;
use crate::meter::Meter;
use crate::queues::Queues;

/// The keys of a shard that have limits of their own. They always have their place: an operator chose
/// them, and no call adds one.
#[derive(Debug)]
pub(crate) struct OwnLimits<M: Meter>(HashTable<Own<M>>);

#[derive(Debug)]
pub(crate) struct Own<M: Meter> {
    key: (u64, u64),
    meter: M,
    state: M::State,
}

impl<M: Meter> OwnLimits<M> {
    pub(crate) const fn new() -> Self {
        Self(HashTable::new())
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Does `act` to the count of `key`, if it has a limit of its own.
    #[inline(never)]
    pub(crate) fn apply<A: Act>(
        &mut self,
        key: KeyHash,
        act: &A,
        queues: &mut Queues<M>,
    ) -> Option<A::Outcome> {
        let halves = key.halves();
        self.0.find_mut(halves.0, |own| own.key == halves).map(|own| own.apply(act, queues))
    }

    /// Does `act` to the count of the key whose hash has this lower half, if it has a limit of its own.
    pub(crate) fn apply_to_half<A: Act>(
        &mut self,
        half: u64,
        act: &A,
        queues: &mut Queues<M>,
    ) -> Option<A::Outcome> {
        self.0.find_mut(half, |own| own.key.0 == half).map(|own| own.apply(act, queues))
    }

    /// Counts `key` by `meter`. What it spent, `before` if it had no limit of its own, is kept.
    pub(crate) fn set(
        &mut self,
        key: KeyHash,
        meter: M,
        before: M::State,
        old: &M,
        now: Tick,
        queues: &mut Queues<M>,
    ) {
        let halves = key.halves();
        if let Some(own) = self.0.find_mut(halves.0, |own| own.key == halves) {
            own.state = queues.convert(key, own.state, &own.meter, &meter, now);
            own.meter = meter;
            return;
        }
        let state = queues.convert(key, before, old, &meter, now);
        self.insert(Own { key: halves, meter, state });
    }

    /// Counts `key` by `meter` as all others: returns the state of its count if it had a limit of its
    /// own.
    pub(crate) fn clear(
        &mut self,
        key: KeyHash,
        meter: &M,
        now: Tick,
        queues: &mut Queues<M>,
    ) -> Option<M::State> {
        let halves = key.halves();
        let found = self.0.find_entry(halves.0, |own| own.key == halves).ok()?;
        let own = found.remove().0;
        Some(queues.convert(key, own.state, &own.meter, meter, now))
    }

    /// Takes out the keys whose hashes' lower halves `goes` is true for.
    pub(crate) fn split(&mut self, goes: impl Fn(u64) -> bool) -> Self {
        let mut others = Self::new();
        for own in self.0.extract_if(|own| goes(own.key.0)) {
            others.insert(own);
        }
        others
    }

    /// Returns the same keys with the meters of another algorithm.
    pub(crate) fn under<N: Meter>(
        self,
        meter: impl Fn(KeyHash) -> Option<N>,
        now: Tick,
        queues: &mut Queues<M>,
        others_queues: &mut Queues<N>,
    ) -> OwnLimits<N> {
        let mut others = OwnLimits::new();
        for own in self.0 {
            let key = KeyHash::from_halves(own.key.0, own.key.1);
            if let Some(meter) = meter(key) {
                let account = queues.take(key, own.state);
                let state = others_queues.restore(key, account, &own.meter, &meter, now);
                others.insert(Own { key: own.key, meter, state });
            }
        }
        others
    }

    fn insert(&mut self, own: Own<M>) {
        self.0.insert_unique(own.key.0, own, |own| own.key.0);
    }
}

impl<M: Meter> Own<M> {
    fn apply<A: Act>(&mut self, act: &A, queues: &mut Queues<M>) -> A::Outcome {
        let key = || KeyHash::from_halves(self.key.0, self.key.1);
        let (state, outcome) = queues.apply(&self.meter, key, self.state, act);
        if let Some(state) = state {
            self.state = state;
        }
        outcome
    }
}
