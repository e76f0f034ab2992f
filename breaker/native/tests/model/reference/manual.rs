use seawall_breaker::{OpenReason, State};

use super::{Model, Seen};
use crate::terms::Terms;

/// Manual control.
impl Model {
    pub(super) fn set(&mut self, state: State) {
        let before = self.state;
        if before == state && state != State::Closed {
            return;
        }
        self.close();
        if state != State::Closed {
            self.go(state);
        }
        if before != state {
            self.tell(before, "manual");
        }
    }

    pub(super) fn trip(&mut self, wait: i64) {
        let before = self.state;
        self.open(wait, OpenReason::Manual);
        if before != State::Open {
            self.tell(before, "manual");
        }
    }

    /// What was counted, as far as it counts under these terms and opens nothing by itself.
    fn keep(&mut self, terms: &Terms) {
        let streak = self.streak() + self.left_streak;
        self.results = vec![true; streak.min(terms.streak - 1)];
        self.left_streak = streak - self.results.len();
        let (now, window) = (self.now, self.terms.window.min(terms.window));
        let mut failures = std::mem::take(&mut self.left_failures);
        failures.append(&mut self.failures);
        failures.retain(|at| now - *at < window);
        self.failures = failures.split_off(failures.len().saturating_sub(terms.failures - 1));
        self.left_failures = failures;
        self.keep_last(terms);
    }

    /// Of the failures among the last calls, fewer than open it count.
    fn keep_last(&mut self, terms: &Terms) {
        let Some((limit, _)) = terms.recent else { return };
        let failures = self.last.iter_mut().rev().filter(|seen| **seen != Seen::Passed);
        for (nth, seen) in failures.enumerate() {
            *seen = if nth < limit - 1 { Seen::Failed } else { Seen::LeftOut };
        }
    }

    pub(super) fn reconfigure(&mut self, terms: Terms) {
        self.keep(&terms);
        if (terms.probes, terms.percent) != (self.terms.probes, self.terms.percent) {
            self.shown.clear();
        }
        if terms.reset != self.terms.reset
            && self.state == State::Open
            && self.open_reason == OpenReason::Options
        {
            self.wait = terms.backoff(self.attempt - 1);
        }
        self.terms = terms;
    }

    pub(super) fn restart(&mut self) {
        let before = Self { changes: Vec::new(), ..self.clone() };
        *self = Self { changes: std::mem::take(&mut self.changes), ..Self::new(self.terms) };
        self.attempt = before.attempt;
        self.since = before.since - before.now;
        self.state = before.state;
        match before.state {
            State::Closed => {
                let at = |at: &i64| at - before.now;
                self.failures = before.failures.iter().map(at).collect();
                self.results = before.results;
                self.keep(&self.terms.clone());
            }
            State::Open => {
                let left = (before.until() - before.now).max(0);
                (self.wait, self.open_reason) = (left - self.since, before.open_reason);
            }
            // It begins with probes, whatever the options are.
            State::HalfOpen | State::Recovering => {
                self.state = State::Open;
                (self.wait, self.open_reason) = (-self.since, OpenReason::Manual);
            }
            _ => {}
        }
        if self.state != State::Closed {
            self.tell(State::Closed, "restored");
        }
    }
}
