use std::time::Duration;

use seawall_core::{Change, Tick};

use super::{Machine, Moment, change};
use crate::rules::Rules;
use crate::{BreakerOptions, Snapshot, State};

/// What somebody does to a breaker, beside calling through it.
impl Machine {
    /// Puts it into `state` by hand, or back to work where that is [`State::Closed`].
    pub(crate) fn set(&mut self, state: State, at: Moment) -> Option<Change> {
        let before = self.state;
        if before == state && state.is_manual() {
            return None;
        }
        self.close(at);
        if state != State::Closed {
            self.go(state, at.now);
        }
        (before != state).then(|| change(before, state, "by hand"))
    }

    /// Opens it by hand, for so long.
    pub(crate) fn trip(&mut self, wait: Duration, at: Moment) -> Option<Change> {
        let before = self.state;
        self.open(at, None);
        self.until = at.now + wait;
        (before != State::Open).then(|| change(before, State::Open, "by hand"))
    }

    /// Goes on under other options, with all that was counted as far as it means the same.
    pub(crate) fn reconfigure(&mut self, options: BreakerOptions, at: Moment) {
        let rules = Rules::new(&options, at.now, at.successes);
        let before = std::mem::replace(&mut self.rules, rules);
        let same_rates = (options.rate_window, options.slow_call)
            == (self.options.rate_window, self.options.slow_call);
        let same_hung = (options.hung_calls, options.slow_call)
            == (self.options.hung_calls, self.options.slow_call);
        self.rules.inherit(before, at.now, same_rates, same_hung);
        if self.state == State::Open && options.reset != self.options.reset {
            let wait = options.reset.wait(self.attempt.saturating_sub(1), 0);
            self.until = self.since + wait.saturating_sub(self.carried);
        }
        self.heals_at = match (self.state, options.heal_after) {
            (State::Open, Some(heal_after)) => self.since + heal_after.saturating_sub(self.carried),
            _ => Tick::MAX,
        };
        self.until = self.until.min(self.heals_at);
        self.options = options;
    }

    /// What to carry over a restart.
    pub(crate) fn export(&self, now: Tick) -> Snapshot {
        let state = match self.state {
            State::HalfOpen | State::Recovering => State::Open,
            state => state,
        };
        let closed = self.state == State::Closed;
        Snapshot {
            state,
            since: self.age(now),
            open_for: if self.state == State::Open {
                self.until.since(now)
            } else {
                Duration::ZERO
            },
            attempt: self.attempt,
            failures: if closed { self.rules.failure_ages(now) } else { Vec::new() },
            consecutive_failures: self.rules.streak(),
        }
    }

    /// Goes on where `snapshot` was taken.
    pub(crate) fn import(&mut self, snapshot: &Snapshot, at: Moment) -> Option<Change> {
        let before = self.state;
        self.close(at);
        match snapshot.state {
            State::Closed => {
                self.rules.restore(&snapshot.failures, snapshot.consecutive_failures, at.now);
            }
            State::Open | State::HalfOpen | State::Recovering => {
                self.open(at, None);
                self.until = at.now + snapshot.open_for;
            }
            manual => self.go(manual, at.now),
        }
        self.attempt = snapshot.attempt;
        self.carried = snapshot.since;
        (before != self.state).then(|| change(before, self.state, "restored"))
    }
}
