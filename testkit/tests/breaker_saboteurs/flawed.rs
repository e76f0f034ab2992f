//! A simple and correct circuit breaker, except for the flaw that it is given.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use seawall_core::{
    Backend, Call, Change, Component, Entry, Exit, Layer, Refusal, RefusalKind, Status, Tick,
    Token, Verdict,
};
use seawall_testkit::breaker::{Control, Setup, Subject};

use super::Flaw;

pub(super) struct Flawed {
    layer: Layer,
    setup: Setup,
    flaw: Option<Flaw>,
    started_by: ThreadId,
    inner: Mutex<Inner>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Closed,
    Open,
    HalfOpen,
    ForcedOpen,
}

struct Inner {
    state: State,
    generation: u64,
    failures: Vec<Tick>,
    until: Tick,
    probe: Option<Probe>,
    probes: u64,
    asked: u32,
    has_closed: bool,
    admitted: u64,
    ended: [u64; Verdict::ALL.len()],
    late: u64,
    lost: u64,
}

struct Probe {
    number: u64,
    entered: Tick,
    by: ThreadId,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
            Self::ForcedOpen => "forced_open",
        }
    }
}

impl Flawed {
    pub(super) fn subject<'a>(flaw: Option<Flaw>) -> Subject<'a> {
        let control = Control::default()
            .with_reconfigure(|breaker: &Self, _, _| breaker.reconfigure())
            .with_force_open(|breaker, clock| breaker.force_open(clock.now()));
        Subject::new(move |setup| Self::new(setup, flaw), &control)
    }

    fn reconfigure(&self) {
        let mut inner = self.lock();
        if self.has(Flaw::NewOptionsForgetFailures) {
            inner.failures.clear();
        }
        if self.has(Flaw::NewOptionsFreeTheProbe) {
            inner.probe = None;
        }
    }

    fn force_open(&self, now: Tick) {
        let mut inner = self.lock();
        inner.go(State::ForcedOpen);
        inner.until = now + self.setup.reset_after;
    }

    fn new(setup: &Setup, flaw: Option<Flaw>) -> Self {
        let inner = Inner {
            state: State::Closed,
            generation: 0,
            failures: Vec::new(),
            until: Tick::ZERO,
            probe: None,
            probes: 0,
            asked: 0,
            has_closed: false,
            admitted: 0,
            ended: [0; Verdict::ALL.len()],
            late: 0,
            lost: 0,
        };
        Self {
            layer: Layer::new(Component::CircuitBreaker, "subject"),
            setup: *setup,
            flaw,
            started_by: thread::current().id(),
            inner: Mutex::new(inner),
        }
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn time(&self, now: Tick) -> Tick {
        let decade = Tick::ZERO + Duration::from_secs(10 * 365 * 24 * 60 * 60);
        if self.has(Flaw::ClockStopsAfterTenYears) { now.min(decade) } else { now }
    }

    fn refuse(&self, kind: RefusalKind, wait: Option<Duration>) -> Entry {
        let layer = if self.has(Flaw::RefusesInAnothersName) {
            Layer::new(Component::CircuitBreaker, "another")
        } else {
            self.layer.clone()
        };
        let refusal = Refusal::new(kind, &layer);
        Entry::Refuse(match wait {
            Some(wait) => refusal.with_retry_after(wait),
            None => refusal,
        })
    }

    fn wait(&self, inner: &Inner, now: Tick) -> Duration {
        let wait = inner.until.since(now);
        match self.flaw {
            Some(Flaw::SaysTooShortATime) => wait / 2,
            Some(Flaw::RefusesAtTheVeryTime) => wait + Duration::from_nanos(1),
            _ => wait,
        }
    }

    fn is_over(&self, inner: &Inner, now: Tick) -> bool {
        if self.has(Flaw::RefusesAtTheVeryTime) { now > inner.until } else { now >= inner.until }
    }

    /// Returns true if this call may be the probe.
    fn may_probe(&self, inner: &mut Inner, now: Tick) -> bool {
        inner.asked += 1;
        let Some(probe) = &inner.probe else { return true };
        let is_ours = probe.by == thread::current().id();
        let expires = !self.has(Flaw::OneLeaseExpiresAndNoOther) || inner.probes < 2;
        (expires && now >= probe.entered + self.setup.probe_lease)
            || (self.has(Flaw::EveryFifthMayProbe) && is_ours && inner.asked.is_multiple_of(5))
            || (self.has(Flaw::OneProbeForEachThread) && !is_ours)
    }

    fn counts(&self, verdict: Verdict, state: State) -> Option<bool> {
        match verdict {
            Verdict::Success => Some(false),
            Verdict::Overload if self.has(Flaw::OverloadIsNoFailure) => None,
            Verdict::Panicked if self.has(Flaw::PanicIsNoFailure) => None,
            Verdict::Failure | Verdict::Overload | Verdict::Panicked => Some(true),
            Verdict::Ignored if state == State::Closed => {
                self.has(Flaw::IgnoredIsAFailure).then_some(true)
            }
            Verdict::Ignored | Verdict::Abandoned | Verdict::Superseded | Verdict::Unused => None,
        }
    }

    fn failed(&self, inner: &mut Inner, now: Tick) {
        if self.has(Flaw::OlderFailuresAreLost) && inner.failures.last() > Some(&now) {
            return;
        }
        if !self.has(Flaw::FailuresCountForEver) {
            inner.failures.retain(|time| now.since(*time) < self.setup.window);
        }
        inner.failures.push(now);
        let floor = if self.has(Flaw::NeverOpensAtTheFirst) { 2 } else { 1 };
        if inner.failures.len() >= self.setup.failures.max(floor) as usize {
            self.open(inner, now);
        }
    }

    fn open(&self, inner: &mut Inner, from: Tick) {
        inner.go(State::Open);
        inner.until = from + self.setup.reset_after;
        if self.has(Flaw::ClosingForgetsNothing) {
            inner.failures.pop();
        } else {
            inner.failures.clear();
        }
    }

    fn ended(&self, inner: &mut Inner, now: Tick, verdict: Verdict) {
        let counts = self.counts(verdict, inner.state);
        match (inner.state, counts) {
            (State::Closed, Some(true)) => self.failed(inner, now),
            (State::Closed, Some(false)) => {
                if self.has(Flaw::SuccessForgives) {
                    inner.failures.clear();
                }
                let successes = inner.ended[Verdict::Success.index()];
                if self.has(Flaw::SuccessesWearItOut) && successes.is_multiple_of(60) {
                    self.open(inner, now);
                }
            }
            (State::HalfOpen, Some(true)) => {
                let entered = inner.probe.as_ref().map_or(now, |probe| probe.entered);
                let from = if self.has(Flaw::ReopensFromTheProbesStart) { entered } else { now };
                self.open(inner, from);
            }
            (State::HalfOpen, Some(false)) => {
                inner.go(State::Closed);
                inner.has_closed = true;
            }
            (State::HalfOpen, None) => {
                let keeps = self.has(Flaw::SupersededProbeKeepsItsTurn);
                if !(keeps && verdict == Verdict::Superseded) {
                    inner.probe = None;
                }
            }
            _ => {}
        }
    }

    fn ended_late(&self, inner: &mut Inner, now: Tick, verdict: Verdict) {
        match (verdict, inner.state, self.flaw) {
            (Verdict::Success, State::HalfOpen, Some(Flaw::LateSuccessCloses)) => {
                inner.go(State::Closed);
            }
            (Verdict::Success, State::ForcedOpen, Some(Flaw::SuccessEndsForcedOpen)) => {
                inner.go(State::Closed);
            }
            (Verdict::Failure, State::Closed, Some(Flaw::LateFailureCounts)) => {
                self.failed(inner, now);
            }
            _ => {}
        }
    }
}

impl Inner {
    fn go(&mut self, state: State) {
        self.state = state;
        self.generation += 1;
        self.probe = None;
        self.probes = 0;
        self.asked = 0;
    }

    fn under_way(&self) -> u64 {
        self.admitted - self.ended.iter().sum::<u64>() - self.late - self.lost
    }

    fn admit(&mut self, number: u64) -> Entry {
        self.admitted += 1;
        Entry::Go(Token(self.generation, number))
    }
}

fn change(from: State, to: State) -> Option<Change> {
    let change = Change::new(from.as_str(), to.as_str(), "as it should");
    (from != to).then_some(change)
}

impl Backend for Flawed {
    fn layer(&self) -> &Layer {
        &self.layer
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
        let now = self.time(call.now());
        let mut guard = self.lock();
        let inner = &mut *guard;
        let ends = self.has(Flaw::TimeEndsForcedOpen) && now >= inner.until;
        if inner.state == State::ForcedOpen && !ends {
            return match self.flaw {
                Some(Flaw::ForcedOpenSaysOpen) => self.refuse(RefusalKind::CircuitOpen, None),
                Some(Flaw::ForcedOpenGivesATime) => {
                    self.refuse(RefusalKind::CircuitForcedOpen, Some(self.setup.reset_after))
                }
                _ => self.refuse(RefusalKind::CircuitForcedOpen, None),
            };
        }
        if inner.state == State::Open {
            if !self.is_over(inner, now) {
                return self.refuse(RefusalKind::CircuitOpen, Some(self.wait(inner, now)));
            }
            inner.go(State::HalfOpen);
            change(State::Open, State::HalfOpen).into_iter().for_each(|change| call.note(change));
        }
        if inner.state == State::HalfOpen {
            if !self.may_probe(inner, now) {
                let wait = match self.flaw {
                    Some(Flaw::SaysZeroWhileProbing) => Duration::ZERO,
                    _ => self.setup.reset_after,
                };
                return self.refuse(RefusalKind::CircuitOpen, Some(wait));
            }
            inner.probes += 1;
            inner.asked = 0;
            let number = inner.probes;
            inner.probe = Some(Probe { number, entered: now, by: thread::current().id() });
            return inner.admit(number);
        }
        if self.has(Flaw::StaysTimidAfterClosing) && inner.has_closed && inner.under_way() >= 5 {
            return self.refuse(RefusalKind::CircuitOpen, Some(self.setup.reset_after));
        }
        inner.admit(0)
    }

    fn exit(&self, token: Token, exit: &Exit<'_>) {
        let (now, verdict) = (self.time(exit.now()), exit.verdict());
        let mut guard = self.lock();
        let inner = &mut *guard;
        let before = inner.state;
        let crowded = self.has(Flaw::LosesCountInACrowd) && inner.under_way() >= 10;
        let foreign = thread::current().id() != self.started_by;
        let loses = crowded || (self.has(Flaw::LosesWhatOtherThreadsEnd) && foreign);
        let Token(generation, number) = token;
        let is_old = generation != inner.generation;
        let is_probe = inner.state == State::HalfOpen && !is_old;
        let is_overdue =
            is_probe && inner.probe.as_ref().is_none_or(|probe| probe.number != number);
        let is_late = is_old || is_overdue;
        match () {
            () if loses => inner.lost += 1,
            () if is_late && !self.has(Flaw::LateIsBookedByVerdict) => inner.late += 1,
            () => inner.ended[verdict.index()] += 1,
        }
        let no_wait = exit.retry_after() == Some(Duration::ZERO);
        if no_wait && self.has(Flaw::NoWaitOpensAtOnce) {
            self.open(inner, now);
        } else if !is_late || (is_overdue && self.has(Flaw::ObeysOverdueProbes)) {
            self.ended(inner, now, verdict);
        } else if is_old {
            self.ended_late(inner, now, verdict);
        }
        let is_quiet = self.has(Flaw::ClosesQuietly) && inner.state == State::Closed;
        if let Some(change) = change(before, inner.state).filter(|_| !is_quiet) {
            exit.note(change);
        }
    }

    fn status(&self, now: Tick) -> Status {
        let now = self.time(now);
        let mut guard = self.lock();
        let inner = &mut *guard;
        if self.has(Flaw::HalfOpensWhenLookedAt) && inner.state == State::Open && now >= inner.until
        {
            inner.go(State::HalfOpen);
        }
        let wait = (inner.state == State::Open).then(|| self.wait(inner, now));
        let status = Status::new(&self.layer, inner.state.as_str())
            .with_retry_after(wait)
            .with_counter("admitted", inner.admitted, "{call}")
            .with_counter("late", inner.late, "{call}");
        Verdict::ALL.iter().copied().fold(status, |status, verdict| {
            status.with_counter(verdict.as_str(), inner.ended[verdict.index()], "{call}")
        })
    }
}
