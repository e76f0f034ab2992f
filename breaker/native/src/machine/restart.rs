use std::time::Duration;

use seawall_core::Tick;

use super::{Machine, Moment, OpenTime, Stage};
use crate::transition::Transition;
use crate::{OpenReason, Origin, Snapshot, State};

/// What outlives a restart, or a change of the clock.
impl Machine {
    pub(crate) fn export(&self, now: Tick) -> Snapshot {
        let limited = |time: Duration| time.min(Snapshot::LONGEST);
        let mut snapshot = Snapshot::new(self.state());
        snapshot.since = limited(self.age(now));
        snapshot.attempt = self.attempt;
        snapshot.consecutive_failures = self.rules.consecutive().unwrap_or(0);
        match &self.stage {
            Stage::Open(open) => {
                snapshot.open_for = limited(open.own_until().since(now));
                snapshot.open_reason = open.reason;
            }
            Stage::Closed => {
                let ages = self.rules.failure_ages(now);
                snapshot.failures = ages.into_iter().map(limited).collect();
            }
            _ => {}
        }
        snapshot
    }

    pub(crate) fn import(&mut self, snapshot: &Snapshot, at: Moment) -> Option<Transition> {
        let before = self.state();
        self.restore(snapshot, at);
        self.origin = Origin::Manual;
        (before != self.state()).then(|| self.transition(before, "restored"))
    }

    /// Goes by another clock from now on, by which it is now `at`. There is no call in flight.
    pub(crate) fn change_clock(&mut self, before: Tick, at: Moment) {
        let (snapshot, origin) = (self.export(before), self.origin);
        self.restore(&snapshot, at);
        self.origin = origin;
    }

    fn restore(&mut self, snapshot: &Snapshot, at: Moment) {
        self.close(at);
        match snapshot.state {
            State::Closed => {
                let consecutive = snapshot.consecutive_failures;
                self.rules.restore(&snapshot.failures, consecutive, at.now);
            }
            State::Open | State::HalfOpen | State::Recovering => {
                // A circuit that was half-open begins with probes, whatever the options say.
                let reason = match snapshot.state {
                    State::Open => snapshot.open_reason,
                    _ => OpenReason::Manual,
                };
                let wait = snapshot.since.saturating_add(snapshot.open_for);
                self.go(Stage::Open(OpenTime::new(wait, reason)), at.now);
                self.last_wait = self.backoff(snapshot.attempt.saturating_sub(1));
            }
            state => self.go(Stage::manual(state), at.now),
        }
        (self.attempt, self.carried) = (snapshot.attempt, snapshot.since);
        self.schedule();
    }
}
