use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;
use seawall_breaker::{OpenReason, State, Verdict};

use crate::step::{self, Step};
use crate::terms::{self, Slope, Terms};

mod manual;
mod rise;

use self::rise::Rise;

/// Keeps everything, forgets nothing, and looks through all of it each time.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    /// Milliseconds since the clock began; what was before a restart is below zero.
    pub(crate) now: i64,
    pub(crate) terms: Terms,
    pub(crate) state: State,
    episode: u32,
    pub(crate) since: i64,
    /// How long it was opened for, if it does not heal before, and who said so.
    wait: i64,
    open_reason: OpenReason,
    pub(crate) attempt: u32,
    /// When calls failed since the circuit closed, and whether each failed.
    failures: Vec<i64>,
    results: Vec<bool>,
    /// The last calls, as the rule of failures among them sees each.
    last: Vec<Seen>,
    /// Failures that lower limits have left out: when they happened, and how many in a row.
    left_failures: Vec<i64>,
    left_streak: usize,
    /// Probes under way: number and lease.
    probes: Vec<(u32, i64)>,
    shown: Vec<bool>,
    rise: Rise,
    /// While observing: at the last end a rule was broken.
    broken: bool,
    /// Calls under way: the episode, and the number if it is a probe.
    pub(crate) under_way: Vec<(u32, u32)>,
    numbers: u32,
    pub(crate) admitted: u64,
    pub(crate) refused: u64,
    pub(crate) late: u64,
    pub(crate) changes: Vec<(&'static str, &'static str, &'static str)>,
}

/// One of the last calls.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Seen {
    /// A failure that counts.
    Failed,
    /// A failure that a lower limit has left out.
    LeftOut,
    /// A success, or a failure that is forgotten.
    Passed,
}

impl Model {
    fn new(terms: Terms) -> Self {
        Self {
            now: 0,
            terms,
            state: State::Closed,
            episode: 0,
            since: 0,
            wait: 0,
            open_reason: OpenReason::Options,
            attempt: 0,
            failures: Vec::new(),
            results: Vec::new(),
            last: Vec::new(),
            left_failures: Vec::new(),
            left_streak: 0,
            probes: Vec::new(),
            shown: Vec::new(),
            rise: Rise::default(),
            broken: false,
            under_way: Vec::new(),
            numbers: 0,
            admitted: 0,
            refused: 0,
            late: 0,
            changes: Vec::new(),
        }
    }

    /// Failures that count for the rule of failures within a window.
    pub(crate) fn counting(&self) -> usize {
        self.failures.iter().filter(|at| self.now - **at < self.terms.window).count()
    }

    /// Failures in a row.
    pub(crate) fn streak(&self) -> usize {
        self.results.iter().rev().take_while(|failed| **failed).count()
    }

    /// Failures among the last calls.
    pub(crate) fn recent(&self) -> usize {
        let calls = self.terms.recent.map_or(0, |(_, calls)| calls);
        self.last.iter().rev().take(calls).filter(|seen| **seen == Seen::Failed).count()
    }

    /// When an open circuit heals, if it does.
    fn heals_at(&self) -> i64 {
        let heal = self.terms.heal.filter(|_| self.open_reason != OpenReason::Manual);
        heal.map_or(i64::MAX, |heal| self.since + heal)
    }

    /// Until when an open circuit refuses.
    pub(crate) fn until(&self) -> i64 {
        (self.since + self.wait).min(self.heals_at())
    }

    /// A new occurrence of a state.
    fn go(&mut self, state: State) {
        (self.state, self.since) = (state, self.now);
        self.episode += 1;
        self.failures.clear();
        self.results.clear();
        self.last.clear();
        self.left_failures.clear();
        self.left_streak = 0;
        self.probes.clear();
        self.shown.clear();
        self.rise = Rise::default();
        self.broken = false;
    }

    fn tell(&mut self, before: State, cause: &'static str) {
        self.changes.push((before.as_str(), self.state.as_str(), cause));
    }

    fn close(&mut self) {
        self.go(State::Closed);
        self.attempt = 0;
    }

    fn open(&mut self, wait: i64, open_reason: OpenReason) {
        self.go(State::Open);
        (self.wait, self.open_reason) = (wait, open_reason);
        self.attempt += 1;
    }

    /// Opens it for as long as what was called asked, or as the options say.
    fn trouble(&mut self, asked: Option<i64>, cause: &'static str) {
        let before = self.state;
        match asked {
            Some(wait) => self.open(wait, OpenReason::RetryAfter),
            None => self.open(self.terms.backoff(self.attempt), OpenReason::Options),
        }
        self.tell(before, cause);
    }

    fn call(&mut self) {
        let before = self.state;
        let ramp_over =
            |slope: Option<Slope>| slope.is_none_or(|slope| self.now - self.since >= slope.over);
        if self.state == State::Open && self.now >= self.heals_at() {
            self.close();
            self.tell(before, "healed");
        } else if self.state == State::Open && self.now >= self.until() {
            self.go(State::HalfOpen);
            self.tell(before, "reset time over");
        } else if self.state == State::Recovering && ramp_over(self.terms.ramp) {
            // The same occurrence: what is under way and what was counted stays.
            (self.state, self.since, self.attempt) = (State::Closed, self.now, 0);
            self.tell(before, "ramp over");
        }
        let goes = match self.state {
            State::Closed | State::Disabled | State::Observing => true,
            State::HalfOpen => self.may_probe(),
            State::Recovering => {
                self.terms.ramp.is_none_or(|slope| self.rise.ask(slope, self.since, self.now))
            }
            _ => false,
        };
        if !goes {
            self.refused += 1;
            return;
        }
        self.numbers += 1;
        self.admitted += 1;
        if self.state == State::HalfOpen {
            self.probes.push((self.numbers, self.now + self.terms.lease));
        }
        self.under_way.push((self.episode, self.numbers));
    }

    fn may_probe(&mut self) -> bool {
        while self.probes.len() + self.shown.len() >= self.terms.probes {
            let Some(over) = self.probes.iter().position(|probe| probe.1 <= self.now) else {
                return false;
            };
            self.probes.remove(over);
        }
        true
    }

    fn end(&mut self, nth: usize, verdict: Verdict, asked: Option<i64>) {
        let (episode, number) = self.under_way.remove(nth);
        let asked = asked.filter(|wait| *wait > 0);
        let failed = match verdict {
            Verdict::Success => Some(false),
            Verdict::Failure | Verdict::Overload | Verdict::Panicked => Some(true),
            _ => None,
        };
        if episode != self.episode {
            self.late += 1;
            return;
        }
        match self.state {
            State::Closed | State::Recovering | State::Observing => self.counted(failed, asked),
            State::HalfOpen => self.probed(number, failed, asked),
            _ => {}
        }
    }

    fn counted(&mut self, failed: Option<bool>, asked: Option<i64>) {
        self.results.extend(failed);
        self.see(failed);
        if failed == Some(false) {
            self.left_streak = 0;
        }
        if failed == Some(true) {
            self.failures.push(self.now);
            // No more are kept than open it, which shows once more of them are needed.
            let surplus = self.failures.len().saturating_sub(self.terms.failures);
            self.failures.drain(..surplus);
        }
        let cause = match () {
            () if self.streak() >= self.terms.streak => Some("consecutive failures"),
            () if self.counting() >= self.terms.failures => Some("failures within the window"),
            () if self.terms.recent.is_some_and(|(limit, _)| self.recent() >= limit) => {
                Some("failures among the last calls")
            }
            () => asked.map(|_| "overload"),
        };
        if self.state != State::Observing {
            if let Some(cause) = cause {
                self.trouble(asked, cause);
            }
            return;
        }
        let before = std::mem::replace(&mut self.broken, cause.is_some());
        if let Some(cause) = cause.filter(|_| !before) {
            self.changes.push(("observing", "would_open", cause));
        }
    }

    /// Counts a result for the rule of failures among the last calls, which keeps no more failures than
    /// open the circuit. Without that rule, failures are no calls.
    fn see(&mut self, failed: Option<bool>) {
        match (failed, self.terms.recent) {
            (Some(false), _) => self.last.push(Seen::Passed),
            (Some(true), Some((limit, _))) => {
                let failures = self.last.iter_mut().rev().filter(|seen| **seen == Seen::Failed);
                failures.skip(limit - 1).for_each(|seen| *seen = Seen::Passed);
                self.last.push(Seen::Failed);
            }
            _ => {}
        }
    }

    fn probed(&mut self, number: u32, failed: Option<bool>, asked: Option<i64>) {
        let Some(at) = self.probes.iter().position(|probe| probe.0 == number) else {
            self.late += 1;
            return;
        };
        self.probes.remove(at);
        let Some(failed) = failed else { return };
        self.shown.push(failed);
        let failures = self.shown.iter().filter(|failed| **failed).count();
        if self.shown.len() - failures >= self.terms.needed {
            if self.terms.ramp.is_some() {
                self.go(State::Recovering);
            } else {
                self.close();
            }
            self.tell(State::HalfOpen, "probes succeeded");
        } else if failures > self.terms.probes - self.terms.needed {
            self.trouble(asked, "probes failed");
        } else if asked.is_some() {
            self.trouble(asked, "overload");
        }
    }
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        proptest::sample::select(&terms::ALL[..]).prop_map(Self::new).boxed()
    }

    fn transitions(model: &Self) -> BoxedStrategy<Step> {
        step::any(model.under_way.len())
    }

    fn preconditions(model: &Self, step: &Step) -> bool {
        !matches!(step, Step::End(nth, ..) if *nth >= model.under_way.len())
    }

    fn apply(mut model: Self, step: &Step) -> Self {
        match *step {
            Step::Wait(wait) => model.now += wait,
            Step::Call => model.call(),
            Step::End(nth, verdict, asked) => model.end(nth, verdict, asked),
            Step::Set(state) | Step::Turn(state) => model.set(state),
            Step::Trip(wait) => model.trip(wait),
            Step::Reconfigure(nth) => model.reconfigure(terms::ALL[nth]),
            Step::Restart => model.restart(),
        }
        model
    }
}
