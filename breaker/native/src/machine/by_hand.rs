use std::sync::Arc;
use std::time::Duration;

use seawall_core::{Change, Tick};

use super::{Machine, Moment, change};
use crate::rules::Rules;
use crate::{BreakerOptions, SaidBy, Snapshot, State};

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
        self.last_wait = self.backoff();
        self.open_for(wait, SaidBy::Hand, at);
        (before != State::Open).then(|| change(before, State::Open, "by hand"))
    }

    /// Goes on under other options, with all that was counted as far as it means the same.
    pub(crate) fn reconfigure(&mut self, options: Arc<BreakerOptions>, at: Moment) {
        if !self.mind().slow {
            self.slow_from = at.now;
        }
        let rules = Rules::new(&options, at.now, at.successes);
        let before = std::mem::replace(&mut self.rules, rules);
        let same_rates = (options.rate_window, options.slow_call)
            == (self.options.rate_window, self.options.slow_call);
        let same_hung = (options.hung_calls, options.slow_call)
            == (self.options.hung_calls, self.options.slow_call);
        self.rules.inherit(before, at.now, same_rates, same_hung);
        let other_reset = options.reset != self.options.reset;
        let other_probes = (options.probes.permits, options.probes.ratio)
            != (self.options.probes.permits, self.options.probes.ratio);
        if other_probes {
            // What was shown decides nothing by other numbers, and would keep out whom it needs.
            self.probing.recount();
        }
        self.options = options;
        if self.state == State::Open {
            if other_reset && self.said_by == SaidBy::Options {
                self.wait = self.options.reset.wait(self.attempt.saturating_sub(1), 0);
            }
            self.schedule();
        }
    }

    /// What to carry over a restart.
    pub(crate) fn export(&self, now: Tick) -> Snapshot {
        let told = |time: Duration| time.min(Snapshot::LONGEST);
        let ages = || self.rules.failure_ages(now).into_iter().map(told).collect();
        let closed = self.state == State::Closed;
        let open = self.state == State::Open;
        Snapshot {
            state: self.state,
            since: told(self.age(now)),
            open_for: if open { told(self.until.since(now)) } else { Duration::ZERO },
            said_by: if open { self.said_by } else { SaidBy::Options },
            attempt: self.attempt,
            failures: if closed { ages() } else { Vec::new() },
            consecutive_failures: self.rules.streak().unwrap_or(0),
        }
    }

    /// Goes on where `snapshot` was taken.
    pub(crate) fn import(&mut self, snapshot: &Snapshot, at: Moment) -> Option<Change> {
        let before = self.state;
        self.close(at);
        let state = match snapshot.state {
            State::HalfOpen | State::Recovering => State::Open,
            state => state,
        };
        if state == State::Closed {
            self.rules.restore(&snapshot.failures, snapshot.consecutive_failures, at.now);
        } else {
            self.go(state, at.now);
        }
        (self.attempt, self.carried) = (snapshot.attempt, snapshot.since);
        if state == State::Open {
            // What was half-open begins with probes, whatever the options say.
            let open = snapshot.state == State::Open;
            self.said_by = if open { snapshot.said_by } else { SaidBy::Hand };
            self.wait = snapshot.since.saturating_add(snapshot.open_for);
            self.schedule();
            self.last_wait = self.options.reset.wait(self.attempt.saturating_sub(1), 0);
        }
        (before != self.state).then(|| change(before, self.state, "restored"))
    }
}
