use std::task::Waker;

use seawall_core::pool::Manage;
use seawall_core::{Clock, SharedTimer, Sleep, Tick, TimerOwner, TimerSetting};

use crate::shared::Shared;

/// One timer for the deadlines of all waiters.
impl<M: Manage> TimerOwner for Shared<M> {
    type Sleep = Sleep;

    fn timer(&self) -> &SharedTimer<Sleep> {
        &self.timer
    }

    fn wanted(&self) -> TimerSetting {
        self.lock().timer
    }

    fn sleep_until(&self, at: Tick) -> Sleep {
        match self.timer_clock.get() {
            Some(clock) => clock.sleep_until(at),
            None => unreachable!("BUG: the timer is set before a clock is known"),
        }
    }

    fn take_due(&self) -> Vec<Waker> {
        let Some(now) = self.timer_clock.get().map(Clock::now) else { return Vec::new() };
        let mut state = self.lock();
        let (due, next) = state.waiters.due(now);
        state.timer.change(next);
        due
    }

    fn take_all(&self) -> Vec<Waker> {
        let mut state = self.lock();
        state.timer.change(Tick::MAX);
        state.waiters.wakers()
    }
}

impl<M: Manage> Shared<M> {
    /// Returns true if the shared timer goes by `clock`: it goes by the first clock that is waited on.
    pub(crate) fn shares_timer(&self, clock: &Clock) -> bool {
        self.timer_clock.get_or_init(|| clock.clone()).is(clock)
    }
}
