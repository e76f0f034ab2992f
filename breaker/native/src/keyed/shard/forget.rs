use seawall_core::Tick;

use super::{Shard, Vacant};
use crate::keyed::standing::Standing;

/// Which keys are forgotten, and when: in a few steps each, however many there are.
impl Shard {
    /// Forgets a key that nothing stands against at `now`, of those the one used longest ago. Was there
    /// one?
    pub(crate) fn forget_clear(&mut self, now: Tick) -> bool {
        let is_clear = |standing: &Standing| self.clear_at(*standing).is_some_and(|at| at <= now);
        let standing = Standing::ALL.into_iter().find(is_clear);
        standing.is_some_and(|standing| self.forget_first(standing))
    }

    /// When nothing stands against some key any more, if nobody calls.
    pub(crate) fn next_clear(&self) -> Option<Tick> {
        let times = Standing::ALL.into_iter().filter_map(|standing| self.clear_at(standing));
        times.min()
    }

    /// When the key was last used that is evicted next, if there is one.
    pub(crate) fn coldest(&self) -> Option<Tick> {
        self.first_used(Standing::Counted)
    }

    /// Forgets the key used longest ago of those whose circuits are closed. Was there one?
    pub(crate) fn evict(&mut self) -> bool {
        self.forget_first(Standing::Counted)
    }

    fn clear_at(&self, standing: Standing) -> Option<Tick> {
        Some(self.first_used(standing)? + self.lifetimes.of(standing))
    }

    fn first_used(&self, standing: Standing) -> Option<Tick> {
        let place = self.queues.first(standing)?;
        Some(self.peek(place)?.used)
    }

    fn forget_first(&mut self, standing: Standing) -> bool {
        let Some(place) = self.queues.first(standing) else { return false };
        self.queues.put(place, None);
        let Some(slot) = self.places[place as usize].take() else { return false };
        self.found.remove(&slot.key);
        self.gone.add(slot.circuit.totals());
        self.vacant.push(Vacant { place, generation: slot.circuit.next_generation() });
        true
    }

    /// Puts what is at `place` where it waits to be forgotten, if it can be.
    #[inline]
    pub(super) fn queue(&mut self, place: u32, now: Tick) {
        let can_go = self.peek(place).filter(|slot| slot.under_way == 0);
        let standing = can_go.and_then(|slot| slot.circuit.standing(now));
        self.queues.put(place, standing);
    }

    /// Puts all where they belong, after something was done to each.
    pub(super) fn sort(&mut self, now: Tick) {
        let used = (0_u32..).zip(&self.places).filter_map(|(place, slot)| {
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
