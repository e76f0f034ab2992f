use std::time::Duration;

use seawall_core::Tick;

use super::{Machine, Moment, Stage};
use crate::sample::Sample;
use crate::{BreakerStatus, CallStats};

/// What a status says of the machine.
impl Machine {
    pub(crate) fn describe(&self, at: Moment, calls: CallStats) -> BreakerStatus {
        let counts = self.state().counts_calls();
        let sample = self.rules.sample(at.now, at.successes);
        BreakerStatus {
            state: self.state(),
            is_due: self.is_due(at.now),
            since: self.age(at.now),
            attempt: self.attempt,
            failures: self.rules.failures(at.now),
            consecutive_failures: self.rules.consecutive(),
            recent_failures: self.rules.recent(at.successes),
            sample: sample.map(|sample| if counts { sample } else { Sample::default() }),
            hung: self.rules.hung(),
            retry_after: self.retry_after(at.now),
            calls,
        }
    }

    /// Returns the time in its state.
    pub(super) fn age(&self, now: Tick) -> Duration {
        now.since(self.since).saturating_add(self.carried)
    }

    /// Returns true if the next call finds another state, or becomes a probe.
    pub(crate) fn is_due(&self, now: Tick) -> bool {
        match &self.stage {
            Stage::Open(open) => now >= open.until,
            Stage::HalfOpen(probing) => now >= probing.next(&self.options.probes),
            Stage::Recovering(_) => self.is_ramp_over(now),
            _ => false,
        }
    }

    /// Returns the time until a call may be admitted, if calls are refused and it is known.
    fn retry_after(&self, now: Tick) -> Option<Duration> {
        match &self.stage {
            Stage::Open(open) => Some(open.until.since(now)),
            // A probe seldom takes its whole lease.
            Stage::HalfOpen(probing) => {
                Some(probing.next(&self.options.probes).since(now).min(self.last_wait))
            }
            _ => None,
        }
    }
}
