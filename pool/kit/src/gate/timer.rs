use std::task::Waker;

use seawall_core::{Clock, SharedTimer, Sleep, Tick, TimerOwner, TimerSetting};

use super::Gate;

impl<H: Send + 'static> Gate<H> {
    /// Returns true if the shared timer goes by `clock`. It goes by the first clock that is waited on.
    pub(super) fn goes_by(&self, clock: &Clock) -> bool {
        self.clock.get_or_init(|| clock.clone()).is(clock)
    }
}

impl<H: Send + 'static> TimerOwner for Gate<H> {
    type Sleep = Sleep;

    fn timer(&self) -> &SharedTimer<Sleep> {
        &self.timer
    }

    fn wanted(&self) -> TimerSetting {
        self.lock().timer
    }

    fn sleep_until(&self, at: Tick) -> Sleep {
        match self.clock.get() {
            Some(clock) => clock.sleep_until(at),
            None => unreachable!("BUG: the timer is set before a clock is known"),
        }
    }

    fn take_due(&self) -> Vec<Waker> {
        match self.clock.get().map(Clock::now) {
            Some(now) => self.lock().late(now),
            None => Vec::new(),
        }
    }

    fn take_all(&self) -> Vec<Waker> {
        self.lock().forget_timer()
    }
}
