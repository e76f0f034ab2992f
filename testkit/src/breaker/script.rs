use std::time::Duration;

use seawall_core::{Change, Refusal, Token, Verdict};

use super::Subject;
use super::fixture::Fixture;
use crate::law::Random;

/// The seeds of a law's runs.
pub(super) const SEEDS: std::ops::Range<u64> = 0..20;
/// The number of steps of a run.
pub(super) const STEPS: usize = 500;

/// The outcome of one step.
#[derive(Debug, PartialEq)]
pub(super) struct Outcome {
    refused: Option<Option<Duration>>,
    change: Option<Change>,
}

/// Random calls and pauses that are the same for the same seed.
pub(super) struct Script {
    random: Random,
    in_flight: Vec<Token>,
    /// Number of admitted calls.
    pub(super) admitted: u64,
    /// Number of calls that ended, by [`Verdict::index`].
    pub(super) ended: [u64; Verdict::ALL.len()],
}

impl Script {
    pub(super) fn new(seed: u64) -> Self {
        let ended = [0; Verdict::ALL.len()];
        Self { random: Random::new(seed), in_flight: Vec::new(), admitted: 0, ended }
    }

    /// Lets a call enter, a call end, or time pass.
    pub(super) fn step(&mut self, fixture: &Fixture) -> Outcome {
        let (refused, change) = match self.random.below(10) {
            0..4 => self.enter(fixture),
            4..8 => (None, self.end(fixture)),
            _ => {
                self.pass(fixture);
                (None, None)
            }
        };
        Outcome { refused: refused.map(|refusal| refusal.retry_after()), change }
    }

    pub(super) fn in_flight(&self) -> u64 {
        self.in_flight.len() as u64
    }

    fn enter(&mut self, fixture: &Fixture) -> (Option<Refusal>, Option<Change>) {
        let (answer, change) = fixture.ask_at(fixture.now());
        match answer {
            Ok(token) => {
                self.admitted += 1;
                self.in_flight.push(token);
                (None, change)
            }
            Err(refusal) => (Some(refusal), change),
        }
    }

    fn end(&mut self, fixture: &Fixture) -> Option<Change> {
        if self.in_flight.is_empty() {
            return None;
        }
        let which = self.random.below(self.in_flight.len());
        let token = self.in_flight.swap_remove(which);
        // Half of all calls fail, so that the circuit opens now and then.
        let verdict = match self.random.below(2) {
            0 => Verdict::Failure,
            _ => Verdict::ALL[self.random.below(Verdict::ALL.len())],
        };
        self.ended[verdict.index()] += 1;
        fixture.end_at(fixture.now(), token, verdict)
    }

    /// Mostly passes a little time; sometimes up to where the state may change, or just not.
    fn pass(&mut self, fixture: &Fixture) {
        let setup = fixture.setup;
        let times = [setup.reset_after, setup.window, setup.probe_lease];
        let time = match self.random.below(4) {
            0 => times[self.random.below(times.len())],
            1 => times[self.random.below(times.len())].saturating_sub(super::fixture::MOMENT),
            _ => setup.reset_after / 4,
        };
        fixture.pass(time);
    }
}

/// Asserts that `action`, done after each step of a run, changes nothing that a caller can see.
#[track_caller]
pub(super) fn assert_no_effect(subject: &Subject<'_>, what: &str, action: impl Fn(&Fixture)) {
    for seed in SEEDS {
        let (with, without) = (Fixture::new(subject), Fixture::new(subject));
        let outcomes = (run(&with, seed, &action), run(&without, seed, |_| ()));
        assert_same((&with, outcomes.0), (&without, outcomes.1), &format!("{what}, run {seed}"));
    }
}

/// Returns the outcomes of a run; calls `after_each` after each step.
pub(super) fn run(fixture: &Fixture, seed: u64, after_each: impl Fn(&Fixture)) -> Vec<Outcome> {
    let mut script = Script::new(seed);
    let step = |_| {
        let outcome = script.step(fixture);
        after_each(fixture);
        outcome
    };
    (0..STEPS).map(step).collect()
}

/// Asserts that two runs had the same outcomes and ended in the same state.
#[track_caller]
pub(super) fn assert_same(
    (one, outcomes): (&Fixture, Vec<Outcome>),
    (other, other_outcomes): (&Fixture, Vec<Outcome>),
    which: &str,
) {
    let (status, other_status) = (one.status(), other.status());
    crate::law::assert_same((&status, &outcomes), (&other_status, &other_outcomes), which);
}
