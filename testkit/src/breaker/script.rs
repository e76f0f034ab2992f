use std::time::Duration;

use seawall_core::{Change, Refusal, Token, Verdict};

use super::fixture::Fixture;
use crate::law::Random;

/// The outcome of one step.
#[derive(Debug, PartialEq)]
pub(super) struct Outcome {
    refused: Option<Option<Duration>>,
    change: Option<Change>,
}

/// A play of calls and pauses that is the same for the same seed.
pub(super) struct Script {
    random: Random,
    under_way: Vec<Token>,
    /// Calls that were let through.
    pub(super) admitted: u64,
    /// Calls that have ended, by [`Verdict::index`].
    pub(super) ended: [u64; Verdict::ALL.len()],
}

impl Script {
    pub(super) fn new(seed: u64) -> Self {
        let ended = [0; Verdict::ALL.len()];
        Self { random: Random::new(seed), under_way: Vec::new(), admitted: 0, ended }
    }

    /// Does something to `fixture`: a call enters, or one ends, or time passes.
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

    pub(super) fn under_way(&self) -> u64 {
        self.under_way.len() as u64
    }

    fn enter(&mut self, fixture: &Fixture) -> (Option<Refusal>, Option<Change>) {
        let (answer, change) = fixture.ask_at(fixture.now());
        match answer {
            Ok(token) => {
                self.admitted += 1;
                self.under_way.push(token);
                (None, change)
            }
            Err(refusal) => (Some(refusal), change),
        }
    }

    fn end(&mut self, fixture: &Fixture) -> Option<Change> {
        if self.under_way.is_empty() {
            return None;
        }
        let which = self.random.below(self.under_way.len());
        let token = self.under_way.swap_remove(which);
        // Half of all calls fail, so that the circuit opens now and then.
        let verdict = match self.random.below(2) {
            0 => Verdict::Failure,
            _ => Verdict::ALL[self.random.below(Verdict::ALL.len())],
        };
        self.ended[verdict.index()] += 1;
        fixture.end_at(fixture.now(), token, verdict)
    }

    /// Mostly a little; sometimes to where something may happen, or just not.
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

/// Returns the outcomes of `steps` steps; `after_each` does what is to be done in between.
pub(super) fn play(
    fixture: &Fixture,
    seed: u64,
    steps: usize,
    after_each: impl Fn(&Fixture),
) -> Vec<Outcome> {
    let mut script = Script::new(seed);
    let step = |_| {
        let outcome = script.step(fixture);
        after_each(fixture);
        outcome
    };
    (0..steps).map(step).collect()
}

/// Asserts that two plays went the same way and ended in the same state.
#[track_caller]
pub(super) fn assert_same(
    one: (&Fixture, Vec<Outcome>),
    other: (&Fixture, Vec<Outcome>),
    which: &str,
) {
    let ((one, one_came), (other, other_came)) = (one, other);
    crate::law::assert_same((&one.status(), &one_came), (&other.status(), &other_came), which);
}
