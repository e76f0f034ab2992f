use std::sync::Arc;
use std::time::Duration;

use super::{Machine, Moment, Stage};
use crate::options::BreakerOptions;
use crate::rules::Rules;
use crate::transition::Transition;
use crate::{OpenReason, Origin, State};

/// Manual control.
impl Machine {
    /// Goes into `state`, which is a manual one or [`State::Closed`].
    pub(crate) fn set(&mut self, state: State, at: Moment) -> Option<Transition> {
        let before = self.state();
        if before == state && state.is_manual() {
            return None;
        }
        self.close(at);
        if state != State::Closed {
            self.go(Stage::manual(state), at.now);
        }
        self.origin = Origin::Manual;
        (before != state).then(|| self.transition(before, "manual"))
    }

    /// Opens the circuit for `wait`.
    pub(crate) fn trip(&mut self, wait: Duration, at: Moment) -> Option<Transition> {
        let before = self.state();
        self.last_wait = self.backoff(self.attempt);
        self.open_for(wait, OpenReason::Manual, at);
        self.origin = Origin::Manual;
        (before != State::Open).then(|| self.transition(before, "manual"))
    }

    /// Goes on under other options, with all that was counted as far as it means the same.
    pub(crate) fn reconfigure(&mut self, options: Arc<BreakerOptions>, at: Moment) {
        if !self.rules.count_slow_calls() {
            self.slow_from = at.now;
        }
        let before = std::mem::replace(&mut self.options, options);
        let options = &*self.options;
        let same_slow = options.slow_call == before.slow_call;
        let same_rates = same_slow && options.rate_window == before.rate_window;
        let same_hung = same_slow && options.hung_calls == before.hung_calls;
        let rules = Rules::new(options, at.now, at.successes);
        let counted = std::mem::replace(&mut self.rules, rules);
        self.rules.inherit(counted, at.now, same_rates, same_hung);
        let decided_by = |options: &BreakerOptions| (options.probes.permits, options.probes.ratio);
        let other_probes = decided_by(options) != decided_by(&before);
        let other_reset = options.reset != before.reset;
        match &mut self.stage {
            // What was shown decides nothing by other numbers, and would take permits from probes.
            Stage::HalfOpen(probing) if other_probes => probing.recount(),
            Stage::Open(open) if other_reset && open.reason == OpenReason::Options => {
                let wait = self.backoff(self.attempt.saturating_sub(1));
                if let Stage::Open(open) = &mut self.stage {
                    open.wait = wait;
                }
            }
            _ => {}
        }
        self.schedule();
    }
}
