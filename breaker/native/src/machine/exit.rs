use std::time::Duration;

use seawall_core::{Exit, Tick, Verdict};

use super::probing::Shown;
use super::{Machine, Moment, Stage};
use crate::options::{BreakerOptions, Counts};
use crate::rules::Outcome;
use crate::transition::Transition;
use crate::{Origin, State};

/// A call that has ended, as the machine sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    /// The number that it was admitted with.
    number: u64,
    /// True if it failed, false if it succeeded; `None` if it says nothing about the service.
    failed: Option<bool>,
    /// For how long an overloaded service wants no calls.
    retry_after: Option<Duration>,
}

impl Ended {
    pub(crate) fn new(number: u64, exit: &Exit<'_>, options: &BreakerOptions) -> Self {
        // A wait of zero asks for nothing.
        let failed = judge(exit.verdict(), options);
        let is_overload = exit.verdict() == Verdict::Overload && failed.is_some();
        let asks = |wait: &Duration| is_overload && !wait.is_zero();
        Self { number, failed, retry_after: exit.retry_after().filter(asks) }
    }
}

/// Returns true if `verdict` counts as a failure, false if as a success, and `None` if as nothing.
pub(super) fn judge(verdict: Verdict, options: &BreakerOptions) -> Option<bool> {
    let counts = |counts| (counts == Counts::Failure).then_some(true);
    match verdict {
        Verdict::Success => Some(false),
        Verdict::Failure => Some(true),
        Verdict::Overload => counts(options.overload),
        Verdict::Panicked => counts(options.panicked),
        Verdict::Abandoned => counts(options.abandoned),
        Verdict::Ignored | Verdict::Superseded | Verdict::Unused => None,
    }
}

/// How calls end. All of them were admitted in the generation that lasts.
impl Machine {
    /// Returns false if the call was a probe whose permit another call has by now.
    pub(crate) fn counts(&self, ended: &Ended) -> bool {
        match &self.stage {
            Stage::HalfOpen(probing) => probing.is_out(ended.number),
            _ => true,
        }
    }

    /// Takes the result of a call that [`counts`](Self::counts). `at` includes it if it is a success.
    pub(crate) fn exit(&mut self, at: Moment, ended: Ended) -> Option<Transition> {
        match self.stage {
            Stage::HalfOpen(_) => self.probe_ended(at, ended),
            Stage::Closed | Stage::Recovering(_) | Stage::Observing { .. } => self.ended(at, ended),
            Stage::Disabled | Stage::Open(_) | Stage::ForcedOpen => None,
        }
    }

    fn ended(&mut self, at: Moment, ended: Ended) -> Option<Transition> {
        let now = at.now;
        let entered = Tick::from_nanos(ended.number);
        self.rules.leave(entered);
        self.rules.roll(now, at.successes - u64::from(ended.failed == Some(false)));
        let broken = match ended.failed {
            Some(failed) => {
                let slow = entered >= self.slow_from && self.is_slow(entered, now);
                let broken = self.rules.record(now, Outcome { failed, slow }, at.successes);
                broken.or(ended.retry_after.map(|_| "overload"))
            }
            None => self.rules.check(now, at.successes),
        };
        self.checked(broken, ended.retry_after, at)
    }

    /// Opens the circuit if a rule is broken; an observing one reports it, once until none is.
    pub(super) fn checked(
        &mut self,
        broken: Option<&'static str>,
        retry_after: Option<Duration>,
        at: Moment,
    ) -> Option<Transition> {
        if let Stage::Observing { reported } = &mut self.stage {
            let before = std::mem::replace(reported, broken.is_some());
            return broken.filter(|_| !before).map(Transition::would_open);
        }
        let (before, cause) = (self.state(), broken?);
        self.open(at, retry_after);
        Some(self.transition(before, cause))
    }

    fn probe_ended(&mut self, at: Moment, ended: Ended) -> Option<Transition> {
        let Stage::HalfOpen(probing) = &mut self.stage else { return None };
        let entered = probing.end(ended.number)?;
        let failed = ended.failed?;
        let counts_slow = self.rules.count_slow_calls();
        let is_slow = self.options.slow_call.is_some_and(|slow| at.now.since(entered) >= slow);
        let failed = failed || (counts_slow && is_slow);
        let before = State::HalfOpen;
        let cause = match probing.count(&self.options.probes, failed) {
            // As in a closed circuit: an overloaded service is left alone, whatever other probes show.
            Shown::Nothing if ended.retry_after.is_some() => {
                self.open(at, ended.retry_after);
                "overload"
            }
            Shown::Nothing => return None,
            Shown::Sick => {
                self.open(at, ended.retry_after);
                "probes failed"
            }
            Shown::Healthy => {
                self.found_healthy(at);
                "probes succeeded"
            }
        };
        self.origin = Origin::Probes;
        Some(self.transition(before, cause))
    }
}
