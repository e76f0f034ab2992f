use std::sync::Arc;

use seawall_core::{Call, Change, Clock, InvalidOption, Key, Tick};

use super::{Changing, KeyedCircuits};
use crate::handle::Circuits;
use crate::keyed::no_room::NoRoom;
use crate::machine::{Machine, Moment};
use crate::sync::lock;
use crate::transition::Transition;
use crate::{BreakerOptions, KeyOptions, State};

/// What is done to circuits beside calling through them: one at a time, under the lock of `changing`.
impl KeyedCircuits {
    /// Does something to the circuit of `key`, which is kept from now on. With `closes`, that is to close
    /// it, and nothing is kept for it.
    ///
    /// # Errors
    /// Returns an error if the key is not kept and there is no room for it.
    pub(crate) fn control(
        &self,
        key: Key<'_>,
        closes: bool,
        clock: &Clock,
        act: impl FnOnce(&mut Machine, Moment) -> Option<Transition>,
    ) -> Result<Option<Change>, NoRoom> {
        let now = self.begin(&mut lock(&self.changing), clock);
        let Some(key) = self.find(key) else { return Ok(self.unkeyed.control(clock, act)) };
        if closes && lock(self.shard_of(key)).is_closed_to_begin(key) {
            return Ok(None);
        }
        let change = self.with_kept(key, now, |shard| shard.control(key, now, act));
        change.ok_or_else(|| NoRoom::new(&self.layer))
    }

    /// Puts all circuits into `state`, also those of keys that come later.
    pub(crate) fn set_all(&self, state: State, clock: &Clock) -> Vec<Change> {
        self.set_each(&mut lock(&self.changing), state, clock)
    }

    fn set_each(&self, changing: &mut Changing, state: State, clock: &Clock) -> Vec<Change> {
        let now = self.begin(changing, clock);
        let common = [&self.unkeyed, &self.shared].into_iter();
        let set = |machine: &mut Machine, at| machine.set(state, at);
        let mut changes: Vec<_> = common.filter_map(|engine| engine.control(clock, set)).collect();
        for shard in &self.shards {
            changes.extend(lock(shard).set_all(state, now));
        }
        changes
    }

    /// Puts all circuits under other options.
    ///
    /// # Errors
    /// Returns an error if an option of `keys` is out of its range or cannot change.
    pub(crate) fn reconfigure(
        &self,
        options: &BreakerOptions,
        keys: &KeyOptions,
        clock: &Clock,
    ) -> Result<(), InvalidOption> {
        keys.validate(self.layer.name())?;
        if keys.key_parts != self.key_parts {
            let problem = "cannot change while the breaker is running";
            return Err(InvalidOption::new(&self.layer, "key_parts", problem));
        }
        let options = Arc::new(options.clone());
        let mut changing = lock(&self.changing);
        let now = self.begin(&mut changing, clock);
        for engine in [&self.unkeyed, &self.shared] {
            engine.control(clock, |machine, at| {
                machine.reconfigure(Arc::clone(&options), at);
                None
            });
        }
        for shard in &self.shards {
            lock(shard).reconfigure(&options, keys, now);
        }
        self.room.change(keys.max_keys.into(), keys.overflow);
        self.shrink(now);
        Ok(())
    }

    /// Returns the time for manual control. Until the breaker has settled on a clock, that of the handle
    /// will do, and all ticks are made its own.
    fn begin(&self, changing: &mut Changing, clock: &Clock) -> Tick {
        let clock = self.clock.get().unwrap_or(clock);
        self.move_to(changing, clock);
        clock.now()
    }

    /// Returns the time for a status.
    pub(super) fn now(&self, clock: &Clock) -> Tick {
        match self.clock.get() {
            Some(own) => own.now(),
            None => lock(&self.changing).provisional.as_ref().unwrap_or(clock).now(),
        }
    }

    /// Settles on the clock of the first call.
    #[cold]
    pub(super) fn settle_by(&self, call: &Call<'_>) {
        let mut changing = lock(&self.changing);
        if self.clock.settle_by(call) {
            self.move_to_settled(&mut changing);
        }
    }

    fn move_to_settled(&self, changing: &mut Changing) {
        if let Some(clock) = self.clock.get() {
            self.unkeyed.settle(clock);
            self.shared.settle(clock);
            self.move_to(changing, clock);
        }
    }

    /// Has all times be of `clock`, if they are of another one.
    fn move_to(&self, changing: &mut Changing, clock: &Clock) {
        let before = changing.provisional.replace(clock.clone());
        if let Some(before) = before.filter(|before| !before.is(clock)) {
            let (before, now) = (before.now(), clock.now());
            for shard in &self.shards {
                lock(shard).change_clock(before, now);
            }
        }
    }
}

impl Circuits for KeyedCircuits {
    fn settle(&self, clock: &Clock) {
        let mut changing = lock(&self.changing);
        self.clock.settle(clock);
        self.move_to_settled(&mut changing);
    }

    fn follow(&self, turn: u64, state: Option<State>, clock: &Clock) -> Vec<Change> {
        let mut changing = lock(&self.changing);
        if turn <= changing.turn {
            return Vec::new();
        }
        changing.turn = turn;
        state.map_or_else(Vec::new, |state| self.set_each(&mut changing, state, clock))
    }
}
