use std::time::Duration;

use seawall_core::{Change, Refusal, Token, Verdict};

use super::bench::Bench;
use crate::law::Chance;

/// What came of one step.
#[derive(Debug, PartialEq)]
pub(super) struct Came {
    refused: Option<Option<Duration>>,
    change: Option<Change>,
}

/// A play of calls and pauses that is the same for the same seed.
pub(super) struct Script {
    chance: Chance,
    under_way: Vec<Token>,
    /// Calls that were let through.
    pub(super) admitted: u64,
    /// Calls that have ended, by [`Verdict::index`].
    pub(super) ended: [u64; Verdict::ALL.len()],
}

impl Script {
    pub(super) fn new(seed: u64) -> Self {
        let ended = [0; Verdict::ALL.len()];
        Self { chance: Chance::new(seed), under_way: Vec::new(), admitted: 0, ended }
    }

    /// Does something to `bench`: a call enters, or one ends, or time passes.
    pub(super) fn step(&mut self, bench: &Bench) -> Came {
        let (refused, change) = match self.chance.draw(10) {
            0..4 => self.enter(bench),
            4..8 => (None, self.end(bench)),
            _ => {
                self.pass(bench);
                (None, None)
            }
        };
        Came { refused: refused.map(|refusal| refusal.retry_after()), change }
    }

    pub(super) fn under_way(&self) -> u64 {
        self.under_way.len() as u64
    }

    fn enter(&mut self, bench: &Bench) -> (Option<Refusal>, Option<Change>) {
        let (answer, change) = bench.ask_at(bench.now());
        match answer {
            Ok(token) => {
                self.admitted += 1;
                self.under_way.push(token);
                (None, change)
            }
            Err(refusal) => (Some(refusal), change),
        }
    }

    fn end(&mut self, bench: &Bench) -> Option<Change> {
        if self.under_way.is_empty() {
            return None;
        }
        let which = self.chance.draw(self.under_way.len());
        let token = self.under_way.swap_remove(which);
        // Half of all calls fail, so that the circuit opens now and then.
        let verdict = match self.chance.draw(2) {
            0 => Verdict::Failure,
            _ => Verdict::ALL[self.chance.draw(Verdict::ALL.len())],
        };
        self.ended[verdict.index()] += 1;
        bench.end_at(bench.now(), token, verdict)
    }

    /// Mostly a little; sometimes to where something may happen, or just not.
    fn pass(&mut self, bench: &Bench) {
        let setup = bench.setup;
        let times = [setup.reset_after, setup.window, setup.probe_lease];
        let time = match self.chance.draw(4) {
            0 => times[self.chance.draw(times.len())],
            1 => times[self.chance.draw(times.len())].saturating_sub(super::bench::MOMENT),
            _ => setup.reset_after / 4,
        };
        bench.pass(time);
    }
}

/// All that came of `steps` steps; `after_each` does what is to be done in between.
pub(super) fn play(
    bench: &Bench,
    seed: u64,
    steps: usize,
    after_each: impl Fn(&Bench),
) -> Vec<Came> {
    let mut script = Script::new(seed);
    let step = |_| {
        let came = script.step(bench);
        after_each(bench);
        came
    };
    (0..steps).map(step).collect()
}

/// Asserts that two plays went the same way and ended in the same state.
#[track_caller]
pub(super) fn assert_same(one: (&Bench, Vec<Came>), other: (&Bench, Vec<Came>), which: &str) {
    let ((one, one_came), (other, other_came)) = (one, other);
    crate::law::assert_same((&one.status(), &one_came), (&other.status(), &other_came), which);
}
