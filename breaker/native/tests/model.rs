//! The engine against a reference that is too simple to be wrong: any interleaving of calls, results
//! and waits, results from former states included.

use std::time::Duration;

use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use seawall_breaker::{BreakerOptions, CircuitBreaker, Probes, Ratio, State};
use seawall_core::{Backend, Call, Driver, Entry, Exit, Tick, Token, Verdict};
use seawall_testkit::ManualClock;

const FAILURES: u32 = 3;
const WINDOW: u64 = 50;
const STREAK: usize = 5;
const RESET: u64 = 20;
const LEASE: u64 = 30;
const PROBES: usize = 3;
const NEEDED: usize = 2;

#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Call,
    /// The n-th of the calls under way ends.
    End(usize, Verdict),
    ForceOpen,
    Reset,
}

/// Keeps everything, forgets nothing, and looks through all of it each time.
#[derive(Clone, Debug)]
struct Model {
    now: u64,
    state: State,
    episode: u32,
    until: u64,
    /// When calls failed since the circuit closed, and whether each failed.
    failures: Vec<u64>,
    results: Vec<bool>,
    /// Probes under way: number and lease.
    probes: Vec<(u32, u64)>,
    shown: Vec<bool>,
    /// Calls under way: the episode, and the number if it is a probe.
    under_way: Vec<(u32, u32)>,
    numbers: u32,
    admitted: u64,
    refused: u64,
    late: u64,
}

impl Model {
    fn go(&mut self, state: State, until: u64) {
        self.state = state;
        self.episode += 1;
        self.until = until;
        self.failures.clear();
        self.results.clear();
        self.probes.clear();
        self.shown.clear();
    }

    fn call(&mut self) {
        if self.state == State::Open && self.now >= self.until {
            self.go(State::HalfOpen, 0);
        }
        let goes = match self.state {
            State::Closed => true,
            State::HalfOpen => {
                if self.probes.len() + self.shown.len() >= PROBES
                    && let Some(over) = self.probes.iter().position(|probe| probe.1 <= self.now)
                {
                    self.probes.remove(over);
                }
                self.probes.len() + self.shown.len() < PROBES
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
            self.probes.push((self.numbers, self.now + LEASE));
        }
        self.under_way.push((self.episode, self.numbers));
    }

    fn end(&mut self, nth: usize, verdict: Verdict) {
        let (episode, number) = self.under_way.remove(nth);
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
            State::Closed => {
                let Some(failed) = failed else { return };
                self.results.push(failed);
                if failed {
                    self.failures.push(self.now);
                }
                let recent = self.failures.iter().filter(|at| self.now - **at < WINDOW).count();
                let streak = self.results.iter().rev().take_while(|failed| **failed).count();
                if failed && (recent >= FAILURES as usize || streak >= STREAK) {
                    self.go(State::Open, self.now + RESET);
                }
            }
            State::HalfOpen => {
                let Some(at) = self.probes.iter().position(|probe| probe.0 == number) else {
                    self.late += 1;
                    return;
                };
                self.probes.remove(at);
                self.shown.extend(failed);
                let failures = self.shown.iter().filter(|failed| **failed).count();
                if self.shown.len() - failures >= NEEDED {
                    self.go(State::Closed, 0);
                } else if failures > PROBES - NEEDED {
                    self.go(State::Open, self.now + RESET);
                }
            }
            _ => {}
        }
    }
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self {
            now: 0,
            state: State::Closed,
            episode: 0,
            until: 0,
            failures: Vec::new(),
            results: Vec::new(),
            probes: Vec::new(),
            shown: Vec::new(),
            under_way: Vec::new(),
            numbers: 0,
            admitted: 0,
            refused: 0,
            late: 0,
        })
        .boxed()
    }

    fn transitions(model: &Self) -> BoxedStrategy<Step> {
        let verdict = prop_oneof![
            4 => Just(Verdict::Failure),
            2 => Just(Verdict::Success),
            1 => proptest::sample::select(&Verdict::ALL[..]),
        ];
        let calls = model.under_way.len().max(1);
        prop_oneof![
            8 => (0..25_u64).prop_map(Step::Wait),
            20 => Just(Step::Call),
            20 => (0..calls, verdict).prop_map(|(nth, verdict)| Step::End(nth, verdict)),
            1 => Just(Step::ForceOpen),
            1 => Just(Step::Reset),
        ]
        .boxed()
    }

    fn preconditions(model: &Self, step: &Step) -> bool {
        !matches!(step, Step::End(nth, _) if *nth >= model.under_way.len())
    }

    fn apply(mut model: Self, step: &Step) -> Self {
        match *step {
            Step::Wait(wait) => model.now += wait,
            Step::Call => model.call(),
            Step::End(nth, verdict) => model.end(nth, verdict),
            Step::ForceOpen if model.state == State::ForcedOpen => {}
            Step::ForceOpen => model.go(State::ForcedOpen, 0),
            Step::Reset => model.go(State::Closed, 0),
        }
        model
    }
}

struct Real {
    time: ManualClock,
    breaker: CircuitBreaker,
    under_way: Vec<Token>,
}

impl StateMachineTest for Real {
    type SystemUnderTest = Self;
    type Reference = Model;

    fn init_test(_model: &Model) -> Self {
        let millis = Duration::from_millis;
        let options = BreakerOptions::new("model")
            .failures(FAILURES)
            .window(millis(WINDOW))
            .consecutive_failures(u32::try_from(STREAK).expect("small"))
            .reset_after(millis(RESET))
            .probes(Probes::new(3, Ratio::percent(60)).with_lease(millis(LEASE)));
        let time = ManualClock::new();
        let breaker = CircuitBreaker::start(&options).expect("valid");
        let breaker = breaker.with_driver(Driver::new().with_clock(time.clock()));
        Self { time, breaker, under_way: Vec::new() }
    }

    fn apply(mut real: Self, _model: &Model, step: Step) -> Self {
        let now = real.time.now();
        match step {
            Step::Wait(wait) => real.time.advance(Duration::from_millis(wait)),
            Step::Call => match real.breaker.enter(&Call::at(now)) {
                Entry::Go(token) => real.under_way.push(token),
                Entry::Refuse(refusal) => assert!(refusal.is_circuit_open()),
                entry => panic!("{entry:?}"),
            },
            Step::End(nth, verdict) => {
                real.breaker.exit(real.under_way.remove(nth), &Exit::at(now, verdict));
            }
            Step::ForceOpen => real.breaker.force_open(),
            Step::Reset => real.breaker.reset(),
        }
        real
    }

    fn check_invariants(real: &Self, model: &Model) {
        let status = real.breaker.status();
        assert_eq!(status.state, model.state);
        assert_eq!(real.time.now(), Tick::from_millis(model.now));
        assert_eq!(real.under_way.len(), model.under_way.len());
        let totals = status.totals;
        let books = (totals.admitted, totals.refused, totals.late);
        assert_eq!(books, (model.admitted, model.refused, model.late));
        assert_eq!(totals.in_flight(), model.under_way.len() as u64);
        if model.state == State::Open {
            let left = model.until.saturating_sub(model.now);
            assert_eq!(status.retry_after, Some(Duration::from_millis(left)));
        }
        if model.state == State::Closed {
            let counting = model.failures.iter().filter(|at| model.now - **at < WINDOW).count();
            assert_eq!(status.failures, counting);
        }
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_does_what_the_model_does(sequential 1..100 => Real);
}
