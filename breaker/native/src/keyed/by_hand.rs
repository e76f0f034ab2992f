use std::time::Duration;

use seawall_core::{Backend, Change, Detail, Key, KeyParts, Topic};

use crate::keyed::no_room::NoRoom;
use crate::machine::{Machine, Moment};
use crate::sync::lock;
use crate::{KeyedBreaker, State};

/// What somebody does to circuits, beside calling through them. A key that is in somebody's hand is kept
/// until it is let go.
impl KeyedBreaker {
    /// Refuses all calls with `key` until someone says otherwise.
    ///
    /// # Errors
    /// If the key is not kept, and there is no room for it.
    pub fn force_open(&self, key: impl KeyParts + Sync) -> Result<(), NoRoom> {
        self.set(&key, State::ForcedOpen)
    }

    /// Lets all calls with `key` through and counts nothing, until someone says otherwise.
    ///
    /// # Errors
    /// If the key is not kept, and there is no room for it.
    pub fn disable(&self, key: impl KeyParts + Sync) -> Result<(), NoRoom> {
        self.set(&key, State::Disabled)
    }

    /// Lets all calls with `key` through and counts, until someone says otherwise. When a rule is broken,
    /// a state change to `would_open` is told, once until it is broken anew.
    ///
    /// # Errors
    /// If the key is not kept, and there is no room for it.
    pub fn observe(&self, key: impl KeyParts + Sync) -> Result<(), NoRoom> {
        self.set(&key, State::Observing)
    }

    /// Closes `key`'s circuit and forgets what was counted, in whatever state it is.
    ///
    /// # Errors
    /// If the key is not kept, there is no room for it, and all others are in somebody's hand: else there
    /// is nothing to do for one that is not kept.
    pub fn reset(&self, key: impl KeyParts + Sync) -> Result<(), NoRoom> {
        self.set(&key, State::Closed)
    }

    /// Opens `key`'s circuit for `wait`, after which it is probed.
    ///
    /// # Errors
    /// If the key is not kept, and there is no room for it.
    pub fn trip(&self, key: impl KeyParts + Sync, wait: Duration) -> Result<(), NoRoom> {
        self.act(&key, |machine, at| machine.trip(wait, at))
    }

    /// Refuses all calls until someone says otherwise, those with keys that come later too.
    pub fn force_open_all(&self) {
        self.set_all(State::ForcedOpen);
    }

    /// Lets all calls through and counts nothing, until someone says otherwise, also for keys that come
    /// later.
    pub fn disable_all(&self) {
        self.set_all(State::Disabled);
    }

    /// Lets all calls through and counts, until someone says otherwise, also for keys that come later.
    pub fn observe_all(&self) {
        self.set_all(State::Observing);
    }

    /// Closes all circuits and forgets what was counted, in whatever state they are: those of calls
    /// without a key and without room too.
    pub fn reset_all(&self) {
        self.set_all(State::Closed);
    }

    fn set(&self, key: &(impl KeyParts + Sync), state: State) -> Result<(), NoRoom> {
        if state == State::Closed
            && let Some(hash) = self.circuits.find(Key::new(key))
        {
            let shard = lock(self.circuits.shard_of(hash));
            if !shard.has(hash) && !shard.is_in_hand() {
                return Ok(());
            }
        }
        self.act(key, |machine, at| machine.set(state, at))
    }

    /// Does something to the circuit of `key`, which is kept from now on; what changes is told as if a
    /// call had changed it.
    fn act(
        &self,
        key: &(impl KeyParts + Sync),
        act: impl FnOnce(&mut Machine, Moment) -> Option<Change>,
    ) -> Result<(), NoRoom> {
        let (circuits, now) = (&*self.circuits, self.driver.clock().now());
        let change = match circuits.find(Key::new(key)) {
            None => circuits.unkeyed.with(now, act),
            Some(key) => circuits
                .with_kept(key, now, |shard| shard.act(key, now, act))
                .ok_or_else(|| NoRoom::of(circuits.layer()))?
                .flatten(),
        };
        self.tell(change);
        Ok(())
    }

    pub(crate) fn set_all(&self, state: State) {
        let (circuits, now) = (&*self.circuits, self.driver.clock().now());
        let alone = lock(&circuits.changing);
        let common = [&circuits.unkeyed, &circuits.shared];
        let mut changes: Vec<Change> = common
            .into_iter()
            .filter_map(|engine| engine.with(now, |machine, at| machine.set(state, at)))
            .collect();
        for shard in &circuits.shards {
            changes.extend(lock(shard).set_all(state, now));
        }
        // Observers may use this breaker.
        drop(alone);
        self.tell(changes);
    }

    fn tell(&self, changes: impl IntoIterator<Item = Change>) {
        for change in changes {
            let layer = self.circuits.layer();
            self.driver.emit(Topic::BreakerChanged, layer, || Detail::Changed(change));
        }
    }
}
