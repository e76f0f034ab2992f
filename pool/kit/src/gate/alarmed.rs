use std::task::Waker;

use seawall_core::{AlarmSetting, Alarmed, Clock, SharedAlarm, Sleep, Tick};

use super::Gate;

impl<H: Send + 'static> Gate<H> {
    /// Does the alarm go by `clock`? It goes by the one that is waited by first.
    pub(super) fn goes_by(&self, clock: &Clock) -> bool {
        self.clock.get_or_init(|| clock.clone()).is(clock)
    }
}

impl<H: Send + 'static> Alarmed for Gate<H> {
    fn alarm(&self) -> &SharedAlarm {
        &self.alarm
    }

    fn wanted(&self) -> AlarmSetting {
        self.lock().alarm
    }

    fn sleep_until(&self, at: Tick) -> Sleep {
        match self.clock.get() {
            Some(clock) => clock.sleep_until(at),
            None => unreachable!("an alarm is wanted only by who goes by its clock"),
        }
    }

    fn wake_late(&self) {
        let Some(now) = self.clock.get().map(Clock::now) else { return };
        let late = self.lock().late(now);
        late.into_iter().for_each(Waker::wake);
    }

    fn wake_all(&self) {
        let all = self.lock().forget_alarm();
        all.into_iter().for_each(Waker::wake);
    }
}
