//! The engine against a reference that is too simple to be wrong: any interleaving of calls, results
//! and waits, results from former states included.

use std::time::Duration;

use proptest::prelude::*;
use seawall_breaker::{BreakerOptions, CircuitBreaker, State};
use seawall_core::{Backend, Call, Driver, Entry, Exit, Tick, Token, Verdict};
use seawall_testkit::ManualClock;

const FAILURES: u32 = 3;
const WINDOW: u64 = 50;
const RESET: u64 = 20;
const LEASE: u64 = 30;

#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Call,
    /// The n-th of the calls under way ends.
    End(usize, Verdict),
}

fn step() -> impl Strategy<Value = Step> {
    let verdict = prop_oneof![
        4 => Just(Verdict::Failure),
        2 => Just(Verdict::Success),
        1 => proptest::sample::select(&Verdict::ALL[..]),
    ];
    prop_oneof![
        2 => (0..25_u64).prop_map(Step::Wait),
        4 => Just(Step::Call),
        4 => (0..8_usize, verdict).prop_map(|(nth, verdict)| Step::End(nth, verdict)),
    ]
}

/// Keeps everything, forgets nothing, and looks through all of it each time.
struct Model {
    state: State,
    episode: u32,
    until: u64,
    failures: Vec<u64>,
}

impl Model {
    fn go(&mut self, state: State, until: u64) {
        self.state = state;
        self.episode += 1;
        self.until = until;
        self.failures.clear();
    }

    /// Is a call let through, and in which episode?
    fn call(&mut self, now: u64) -> Option<u32> {
        if self.state != State::Closed {
            if now < self.until {
                return None;
            }
            self.go(State::HalfOpen, now + LEASE);
        }
        Some(self.episode)
    }

    /// A call of `episode` ends; did it count?
    fn end(&mut self, episode: u32, verdict: Verdict, now: u64) -> bool {
        if episode != self.episode {
            return false;
        }
        let failed = matches!(verdict, Verdict::Failure | Verdict::Panicked);
        match self.state {
            State::Closed if failed => {
                self.failures.push(now);
                let recent = self.failures.iter().filter(|at| now - **at < WINDOW).count();
                if recent >= FAILURES as usize {
                    self.go(State::Open, now + RESET);
                }
            }
            State::HalfOpen if failed => self.go(State::Open, now + RESET),
            State::HalfOpen if verdict == Verdict::Success => self.go(State::Closed, 0),
            State::HalfOpen => self.until = now,
            _ => {}
        }
        true
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_engine_does_what_the_model_does(steps in proptest::collection::vec(step(), 1..80)) {
        let millis = Duration::from_millis;
        let options = BreakerOptions::new("model")
            .failures(FAILURES)
            .window(millis(WINDOW))
            .reset_after(millis(RESET))
            .probe_lease(millis(LEASE));
        let time = ManualClock::new();
        let breaker = CircuitBreaker::start(&options)
            .expect("valid")
            .with_driver(Driver::new().with_clock(time.clock()));
        let mut model =
            Model { state: State::Closed, episode: 0, until: 0, failures: Vec::new() };
        let mut under_way: Vec<(Token, u32)> = Vec::new();
        let (mut admitted, mut refused, mut late) = (0, 0, 0);
        let mut now = 0;
        for step in steps {
            match step {
                Step::Wait(wait) => now += wait,
                Step::Call => match (breaker.enter(&Call::at(Tick::from_millis(now))), model.call(now)) {
                    (Entry::Go(token), Some(episode)) => {
                        admitted += 1;
                        under_way.push((token, episode));
                    }
                    (Entry::Refuse(refusal), None) => {
                        refused += 1;
                        let wait = millis(model.until - now).min(millis(RESET));
                        prop_assert_eq!(refusal.retry_after(), Some(wait));
                    }
                    (entry, expected) => prop_assert!(false, "{entry:?}, not {expected:?}"),
                },
                Step::End(nth, verdict) if nth < under_way.len() => {
                    let (token, episode) = under_way.remove(nth);
                    breaker.exit(token, &Exit::at(Tick::from_millis(now), verdict));
                    late += u64::from(!model.end(episode, verdict, now));
                }
                Step::End(..) => {}
            }
            time.advance_to(Tick::from_millis(now));
            let status = breaker.status();
            prop_assert_eq!(status.state, model.state);
            prop_assert_eq!((status.totals.admitted, status.totals.refused), (admitted, refused));
            prop_assert_eq!(status.totals.late, late);
            prop_assert_eq!(status.totals.in_flight(), under_way.len() as u64);
        }
    }
}
