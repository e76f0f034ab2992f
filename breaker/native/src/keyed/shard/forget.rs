use seawall_core::Tick;

use super::{Shard, Vacant};
use crate::keyed::evictable::Evictable;

/// Which keys are forgotten, and when: each in a few steps, however many keys there are.
impl Shard {
    /// Forgets the least recently used key whose lifetime is over at `now`. Returns false if there is
    /// none.
    pub(crate) fn forget_clear(&mut self, now: Tick) -> bool {
        let is_clear = |kind: &Evictable| self.clear_at(*kind).is_some_and(|at| at <= now);
        let kind = Evictable::ALL.into_iter().find(is_clear);
        kind.is_some_and(|kind| self.forget_first(kind))
    }

    /// Returns when the lifetime of a key is over, if there is no further call.
    pub(crate) fn next_clear(&self) -> Option<Tick> {
        let times = Evictable::ALL.into_iter().filter_map(|kind| self.clear_at(kind));
        times.min()
    }

    /// Returns when the key was last used that is evicted next, if there is one.
    pub(crate) fn coldest(&self) -> Option<Tick> {
        self.first_used(Evictable::Counted)
    }

    /// Forgets the least recently used key whose circuit is closed. Returns false if there is none.
    pub(crate) fn evict(&mut self) -> bool {
        self.forget_first(Evictable::Counted)
    }

    fn clear_at(&self, kind: Evictable) -> Option<Tick> {
        Some(self.first_used(kind)? + self.lifetimes.of(kind))
    }

    fn first_used(&self, kind: Evictable) -> Option<Tick> {
        let place = self.queues.first(kind)?;
        Some(self.peek(place)?.used)
    }

    fn forget_first(&mut self, kind: Evictable) -> bool {
        let Some(place) = self.queues.first(kind) else { return false };
        self.queues.put(place, None);
        let Some(slot) = self.slots[place as usize].take() else { return false };
        self.places.remove(&slot.key);
        self.forgotten.add(slot.circuit.calls());
        self.vacant.push(Vacant { place, generation: slot.circuit.generation() + 1 });
        true
    }

    /// Puts the key at `place` at the end of the queue in which it waits to be forgotten, if it can be.
    #[inline]
    pub(super) fn queue(&mut self, place: u32, now: Tick) {
        let can_go = self.peek(place).filter(|slot| slot.in_flight == 0);
        let kind = can_go.and_then(|slot| slot.circuit.evictable(now));
        self.queues.put(place, kind);
    }

    /// Puts all keys into their queues, after all circuits have changed.
    pub(super) fn sort(&mut self, now: Tick) {
        let used = (0_u32..).zip(&self.slots).filter_map(|(place, slot)| {
            let slot = slot.as_deref()?;
            Some((slot.used, place))
        });
        let mut places: Vec<_> = used.collect();
        places.sort_unstable();
        for (_, place) in places {
            self.queue(place, now);
        }
    }
}
