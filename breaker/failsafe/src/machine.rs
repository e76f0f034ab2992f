//! The state machine, sequential and without threads.

use std::time::Duration;

use seawall_core::{Change, RefusalKind, Tick, Token, Verdict};

use crate::FailsafeOptions;
use crate::policy::Policy;

/// Decides what failsafe's own state machine leaves open: who probes and for how long, and whose
/// results count.
pub(crate) struct Machine {
    policy: Policy,
    probe_lease: Duration,
    state: State,
    /// Goes up with each change of state, so that it is known which calls are from before.
    generation: u64,
    /// How many probes there have been.
    probes: u64,
    /// How long it was to stay open the last time.
    wait: Duration,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Closed,
    Open { until: Tick },
    HalfOpen { probe: Option<Probe> },
}

/// A probe that is under way.
#[derive(Clone, Copy, Debug)]
struct Probe {
    number: u64,
    lease_until: Tick,
}

/// The answer to a call that enters.
pub(crate) enum Answer {
    Go(Token),
    /// Refused; a retry may succeed after this time.
    Refuse(RefusalKind, Duration),
}

/// Whether the end of a call counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    InTime,
    Late,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open { .. } => "open",
            Self::HalfOpen { .. } => "half_open",
        }
    }
}

impl Machine {
    pub(crate) fn new(options: &FailsafeOptions) -> Self {
        Self {
            policy: Policy::new(options),
            probe_lease: options.probe_lease,
            state: State::Closed,
            generation: 0,
            probes: 0,
            wait: Duration::ZERO,
        }
    }

    pub(crate) fn state(&self) -> &'static str {
        self.state.as_str()
    }

    /// How long a call may still be refused at `now`, if it is.
    pub(crate) fn wait(&self, now: Tick) -> Option<Duration> {
        match self.state {
            State::Closed | State::HalfOpen { probe: None } => None,
            State::Open { until } => Some(until.since(now)),
            // A probe seldom takes its whole lease.
            State::HalfOpen { probe: Some(probe) } => {
                Some(probe.lease_until.since(now).min(self.wait))
            }
        }
    }

    /// A call asks to be let through.
    pub(crate) fn enter(&mut self, now: Tick) -> (Answer, Option<Change>) {
        match self.state {
            State::Closed => (Answer::Go(Token(self.generation, 0)), None),
            State::Open { until } if now < until => {
                (Answer::Refuse(RefusalKind::CircuitOpen, until.since(now)), None)
            }
            State::Open { .. } => {
                let change = self.go(State::HalfOpen { probe: None }, "reset time over");
                (self.probe(now), Some(change))
            }
            State::HalfOpen { probe: Some(probe) } if now < probe.lease_until => {
                let wait = probe.lease_until.since(now).min(self.wait);
                (Answer::Refuse(RefusalKind::CircuitHalfOpen, wait), None)
            }
            State::HalfOpen { .. } => (self.probe(now), None),
        }
    }

    /// The call with `token` has ended.
    pub(crate) fn exit(
        &mut self,
        token: Token,
        verdict: Verdict,
        now: Tick,
    ) -> (Ended, Option<Change>) {
        let Token(generation, number) = token;
        if generation != self.generation {
            return (Ended::Late, None);
        }
        match self.state {
            State::Closed => (Ended::InTime, self.called(verdict, now)),
            State::HalfOpen { probe: Some(probe) } if probe.number == number => {
                (Ended::InTime, self.probed(verdict, now))
            }
            State::HalfOpen { .. } | State::Open { .. } => (Ended::Late, None),
        }
    }

    fn called(&mut self, verdict: Verdict, now: Tick) -> Option<Change> {
        match judge(verdict)? {
            Judged::Success => {
                self.policy.succeeded(now);
                None
            }
            Judged::Failure => {
                let wait = self.policy.failed(now)?;
                Some(self.open(wait, now, "failure policy"))
            }
        }
    }

    fn probed(&mut self, verdict: Verdict, now: Tick) -> Option<Change> {
        match judge(verdict) {
            None => {
                self.state = State::HalfOpen { probe: None };
                None
            }
            Some(Judged::Success) => {
                self.policy.closed(now);
                self.policy.succeeded(now);
                Some(self.go(State::Closed, "probe succeeded"))
            }
            Some(Judged::Failure) => {
                // As failsafe has it: the same time again, if the policy has no other.
                let wait = self.policy.failed(now).unwrap_or(self.wait);
                Some(self.open(wait, now, "probe failed"))
            }
        }
    }

    fn probe(&mut self, now: Tick) -> Answer {
        self.probes += 1;
        let probe = Probe { number: self.probes, lease_until: now + self.probe_lease };
        self.state = State::HalfOpen { probe: Some(probe) };
        Answer::Go(Token(self.generation, probe.number))
    }

    fn open(&mut self, wait: Duration, now: Tick, cause: &'static str) -> Change {
        self.wait = wait;
        self.go(State::Open { until: now + wait }, cause)
    }

    fn go(&mut self, state: State, cause: &'static str) -> Change {
        let from = self.state.as_str();
        self.state = state;
        self.generation += 1;
        // Each change begins a generation, so these are numbered without gaps.
        Change::new(from, state.as_str(), cause).with_sequence(self.generation)
    }
}

enum Judged {
    Success,
    Failure,
}

/// What `verdict` says, if it says anything.
fn judge(verdict: Verdict) -> Option<Judged> {
    match verdict {
        Verdict::Success => Some(Judged::Success),
        Verdict::Failure | Verdict::Overload | Verdict::Panicked => Some(Judged::Failure),
        Verdict::Ignored | Verdict::Abandoned | Verdict::Superseded | Verdict::Unused => None,
    }
}
