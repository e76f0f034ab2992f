use std::time::Duration;

use seawall_core::{Key, KeyParts};

use crate::keyed::no_room::NoRoom;
use crate::machine::{Machine, Moment};
use crate::transition::Transition;
use crate::{KeyedBreaker, State};

/// Manual control. A key under manual control is kept until it is reset.
impl KeyedBreaker {
    /// Refuses all calls with `key` until manual control changes that.
    ///
    /// # Errors
    /// Returns an error if the key is not kept and there is no room for it.
    pub fn force_open(&self, key: impl KeyParts + Send + Sync) -> Result<(), NoRoom> {
        self.set(&key, State::ForcedOpen)
    }

    /// Admits all calls with `key` and counts nothing, until manual control changes that.
    ///
    /// # Errors
    /// Returns an error if the key is not kept and there is no room for it.
    pub fn disable(&self, key: impl KeyParts + Send + Sync) -> Result<(), NoRoom> {
        self.set(&key, State::Disabled)
    }

    /// Admits all calls with `key` and counts them, until manual control changes that. When a rule is
    /// broken, a state change to `would_open` is emitted, once until the rule is broken anew.
    ///
    /// # Errors
    /// Returns an error if the key is not kept and there is no room for it.
    pub fn observe(&self, key: impl KeyParts + Send + Sync) -> Result<(), NoRoom> {
        self.set(&key, State::Observing)
    }

    /// Closes the circuit of `key`, whatever its state, and forgets what was counted.
    ///
    /// # Errors
    /// Returns an error if the key is not kept, there is no room for it, and all keys are under manual
    /// control. Otherwise there is nothing to do for a key that is not kept.
    pub fn reset(&self, key: impl KeyParts + Send + Sync) -> Result<(), NoRoom> {
        self.set(&key, State::Closed)
    }

    /// Opens the circuit of `key` for `wait`, after which it is probed. With a `wait` of zero, its next call
    /// is a probe.
    ///
    /// # Errors
    /// Returns an error if the key is not kept and there is no room for it.
    pub fn trip(&self, key: impl KeyParts + Send + Sync, wait: Duration) -> Result<(), NoRoom> {
        self.control(&key, false, |machine, at| machine.trip(wait, at))
    }

    /// Refuses all calls until manual control changes that, also calls with keys that come later.
    pub fn force_open_all(&self) {
        self.set_all(State::ForcedOpen);
    }

    /// Admits all calls and counts nothing until manual control changes that, also for keys that come
    /// later.
    pub fn disable_all(&self) {
        self.set_all(State::Disabled);
    }

    /// Admits all calls and counts them until manual control changes that, also for keys that come later.
    pub fn observe_all(&self) {
        self.set_all(State::Observing);
    }

    /// Closes all circuits, whatever their states, and forgets what was counted. This includes the circuit
    /// of calls without a key and the one of keys without room.
    pub fn reset_all(&self) {
        self.set_all(State::Closed);
    }

    fn set(&self, key: &(impl KeyParts + Send + Sync), state: State) -> Result<(), NoRoom> {
        self.control(key, state == State::Closed, |machine, at| machine.set(state, at))
    }

    fn set_all(&self, state: State) {
        let handle = &self.0;
        handle.emit(handle.circuits.set_all(state, handle.clock()));
    }

    /// Does something to the circuit of `key`, which is kept from now on; unless that is to close a
    /// circuit that is closed.
    fn control(
        &self,
        key: &(impl KeyParts + Send + Sync),
        closes: bool,
        act: impl FnOnce(&mut Machine, Moment) -> Option<Transition>,
    ) -> Result<(), NoRoom> {
        let (handle, key) = (&self.0, Key::new(key));
        let change = handle.circuits.control(key, closes, handle.clock(), act)?;
        handle.emit_of(key, change);
        Ok(())
    }
}
