use std::time::Duration;

use seawall_core::{RefusalKind, Tick, Token, Verdict};

use super::Subject;
use super::fixture::{CallKey, Fixture, MOMENT};
use super::ran::Ran;
use crate::law::Random;

/// The seeds of a law's runs.
pub(super) const SEEDS: std::ops::Range<u64> = 0..20;
/// The number of steps of a run.
pub(super) const STEPS: usize = 400;

/// The outcome of one step.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    Admitted,
    Refused(RefusalKind, Option<Duration>),
    Ended,
    TimePassed,
}

/// Random calls and pauses that are the same for the same seed.
pub(super) struct Script {
    random: Random,
    /// Whether all admitted calls run.
    all_run: bool,
    in_flight: Vec<Call>,
    /// Number of admitted calls.
    pub(super) admitted: u64,
    /// Number of refused calls.
    pub(super) refused: u64,
    /// Number of calls that ended, by [`Verdict::index`].
    pub(super) ended: [u64; Verdict::ALL.len()],
    ran: Ran,
}

#[derive(Clone, Copy)]
struct Call {
    token: Token,
    key: CallKey,
    cost: u32,
    began: Tick,
}

impl Script {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            all_run: false,
            in_flight: Vec::new(),
            admitted: 0,
            refused: 0,
            ended: [0; Verdict::ALL.len()],
            ran: Ran::default(),
        }
    }

    /// A script in which all admitted calls run.
    pub(super) fn running(seed: u64) -> Self {
        Self { all_run: true, ..Self::new(seed) }
    }

    /// Lets a call enter, a call end, or time pass. Calls `watch` before a call enters.
    pub(super) fn step(
        &mut self,
        fixture: &Fixture,
        watch: impl FnOnce(&Fixture, CallKey, u32),
    ) -> Outcome {
        match self.random.below(10) {
            0..5 => self.enter(fixture, watch),
            5..8 => {
                self.end(fixture);
                Outcome::Ended
            }
            _ => {
                self.pass(fixture);
                Outcome::TimePassed
            }
        }
    }

    pub(super) fn in_flight(&self) -> u64 {
        self.in_flight.len() as u64
    }

    /// Returns the calls that ran.
    pub(super) fn into_ran(mut self) -> Ran {
        for call in self.in_flight {
            self.ran.add(call.key, call.began, call.cost);
        }
        self.ran
    }

    fn enter(&mut self, fixture: &Fixture, watch: impl FnOnce(&Fixture, CallKey, u32)) -> Outcome {
        let key = self.random.choose(&[None, Some(1), Some(2)]);
        // Sometimes the whole burst, or more.
        let max_cost = match self.random.below(8) {
            0 => fixture.all_as_cost() + 1,
            _ => 2,
        };
        let cost = 1 + u32::try_from(self.random.below(max_cost as usize)).unwrap_or(0);
        watch(fixture, key, cost);
        match fixture.ask(key, cost) {
            Ok(token) => {
                self.admitted += 1;
                self.in_flight.push(Call { token, key, cost, began: fixture.now() });
                Outcome::Admitted
            }
            Err(refusal) => {
                self.refused += 1;
                Outcome::Refused(refusal.kind(), refusal.retry_after())
            }
        }
    }

    fn end(&mut self, fixture: &Fixture) {
        if self.in_flight.is_empty() {
            return;
        }
        let call = self.in_flight.swap_remove(self.random.below(self.in_flight.len()));
        let verdict = match self.random.below(2) {
            _ if self.all_run => Verdict::Success,
            0 => Verdict::Unused,
            _ => self.random.choose(Verdict::ALL),
        };
        self.ended[verdict.index()] += 1;
        if verdict != Verdict::Unused {
            self.ran.add(call.key, call.began, call.cost);
        }
        fixture.end(call.token, call.cost, verdict);
    }

    /// Mostly passes a little time; sometimes up to where a limit changes, or just not.
    fn pass(&mut self, fixture: &Fixture) {
        let token = fixture.token();
        fixture.pass(match self.random.below(10) {
            0 => fixture.setup.period,
            1 => fixture.setup.period - MOMENT,
            2 => token - MOMENT,
            3 | 4 => token * 3 / 2,
            _ => token,
        });
    }
}

/// Asserts that `action`, done before each call of a run, changes nothing that a caller can see.
#[track_caller]
pub(super) fn assert_no_effect(
    subject: &Subject<'_>,
    what: &str,
    action: impl Fn(&Fixture, CallKey, u32),
) {
    for seed in SEEDS {
        let [with, without] = Fixture::twins(subject);
        let outcomes = (run(&with, seed, &action), run(&without, seed, |_, _, _| ()));
        assert_same((&with, outcomes.0), (&without, outcomes.1), &format!("{what}, run {seed}"));
    }
}

/// Returns the outcomes of a run; calls `watch` before a call enters.
pub(super) fn run(
    fixture: &Fixture,
    seed: u64,
    watch: impl Fn(&Fixture, CallKey, u32),
) -> Vec<Outcome> {
    let mut script = Script::new(seed);
    (0..STEPS).map(|_| script.step(fixture, &watch)).collect()
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
