use seawall_core::{Change, Clock};

use super::{Engine, Locked};
use crate::State;
use crate::machine::{Machine, Moment};
use crate::transition::Transition;

/// Manual control, and the clock that everything goes by.
impl Engine {
    /// Does something by manual control. Until the breaker has settled on a clock, that of the handle
    /// will do.
    pub(crate) fn control(
        &self,
        clock: &Clock,
        act: impl FnOnce(&mut Machine, Moment) -> Option<Transition>,
    ) -> Option<Change> {
        self.control_locked(&mut self.lock(), clock, act)
    }

    /// Follows a turn of a switch, unless it has followed a later one: goes into `state`, if there is
    /// one.
    pub(crate) fn follow(&self, turn: u64, state: Option<State>, clock: &Clock) -> Option<Change> {
        let mut locked = self.lock();
        if turn <= locked.turn {
            return None;
        }
        locked.turn = turn;
        self.control_locked(&mut locked, clock, |machine, at| machine.set(state?, at))
    }

    fn control_locked(
        &self,
        locked: &mut Locked,
        clock: &Clock,
        act: impl FnOnce(&mut Machine, Moment) -> Option<Transition>,
    ) -> Option<Change> {
        let clock = self.clock.get().unwrap_or(clock);
        self.move_to(locked, clock);
        let transition = self.with(locked, clock.now(), act);
        self.number(transition)
    }

    /// Settles on `clock`, unless it has settled on one.
    pub(crate) fn settle(&self, clock: &Clock) {
        let mut locked = self.lock();
        self.clock.settle(clock);
        self.move_to_settled(&mut locked);
    }

    pub(super) fn move_to_settled(&self, locked: &mut Locked) {
        if let Some(clock) = self.clock.get() {
            self.move_to(locked, clock);
        }
    }

    /// Has all times be of `clock`, if they are of another one.
    fn move_to(&self, locked: &mut Locked, clock: &Clock) {
        let before = locked.provisional.replace(clock.clone());
        if let Some(before) = before.filter(|before| !before.is(clock)) {
            let before = before.now();
            self.with(locked, clock.now(), |machine, at| machine.change_clock(before, at));
        }
    }
}
