use std::sync::Arc;

use seawall_core::{Change, KeyHash, Tick};

use super::{Lifetimes, Shard, Slot};
use crate::machine::{Machine, Moment};
use crate::transition::Transition;
use crate::{BreakerOptions, KeyOptions, State};

/// What is done to circuits beside calling through them.
impl Shard {
    /// Does something to the circuit of `key`, if that is kept.
    pub(crate) fn control(
        &mut self,
        key: KeyHash,
        now: Tick,
        act: impl FnOnce(&mut Machine, Moment) -> Option<Transition>,
    ) -> Option<Change> {
        let place = *self.places.get(&key)?;
        let transition = self.slot(place)?.circuit.control(now, act);
        self.used(place, now);
        self.number(transition, key)
    }

    /// Puts all circuits into `state`, also those of keys that come later.
    pub(crate) fn set_all(&mut self, state: State, now: Tick) -> Vec<Change> {
        self.position = state;
        let numbers = Arc::clone(&self.numbers);
        let set = |slot: &mut Slot| {
            let transition = slot.circuit.control(now, |machine, at| machine.set(state, at))?;
            Some(numbers.number(transition, Some(slot.key)))
        };
        let changes = self.slots_mut().filter_map(set).collect();
        self.sort(now);
        changes
    }

    /// Puts all circuits under other options.
    pub(crate) fn reconfigure(
        &mut self,
        options: &Arc<BreakerOptions>,
        keys: &KeyOptions,
        now: Tick,
    ) {
        self.options = Arc::clone(options);
        self.lifetimes = Lifetimes::new(options, keys);
        for slot in self.slots_mut() {
            let options = Arc::clone(options);
            slot.circuit.control(now, |machine, at| machine.reconfigure(options, at));
        }
        self.sort(now);
    }

    /// Has all times be of another clock: what was `before` is `now`.
    pub(crate) fn change_clock(&mut self, before: Tick, now: Tick) {
        for slot in self.slots_mut() {
            slot.used = now;
            slot.circuit.control(now, |machine, at| machine.change_clock(before, at));
        }
        self.sort(now);
    }
}
