use std::time::Duration;

use seawall_core::{RefusalKind, Tick, Token, Verdict};

use super::fixture::{CallKey, Fixture, MOMENT};
use super::ran::Ran;
use crate::law::Random;

/// How many plays a law has.
pub(super) const SEEDS: std::ops::Range<u64> = 0..20;
/// How many steps a play has.
pub(super) const STEPS: usize = 400;

/// The outcome of one step.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    Admitted,
    Refused(RefusalKind, Option<Duration>),
    Ended,
    TimePassed,
}

/// A play of calls and pauses that is the same for the same seed.
pub(super) struct Script {
    random: Random,
    /// Do all calls run that are let through?
    all_run: bool,
    under_way: Vec<Call>,
    /// Calls that were let through.
    pub(super) admitted: u64,
    /// Calls that were refused.
    pub(super) refused: u64,
    /// Calls that have ended, by [`Verdict::index`].
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
            under_way: Vec::new(),
            admitted: 0,
            refused: 0,
            ended: [0; Verdict::ALL.len()],
            ran: Ran::default(),
        }
    }

    /// One in which all calls run that are let through.
    pub(super) fn running(seed: u64) -> Self {
        Self { all_run: true, ..Self::new(seed) }
    }

    /// Does something to `fixture`: a call enters, or one ends, or time passes. Before a call enters,
    /// `watch` is told.
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

    pub(super) fn under_way(&self) -> u64 {
        self.under_way.len() as u64
    }

    /// The calls that did run.
    pub(super) fn into_ran(mut self) -> Ran {
        for call in self.under_way {
            self.ran.add(call.key, call.began, call.cost);
        }
        self.ran
    }

    fn enter(&mut self, fixture: &Fixture, watch: impl FnOnce(&Fixture, CallKey, u32)) -> Outcome {
        let key = [None, Some(1), Some(2)][self.random.below(3)];
        // Now and then as much as there can be, or more.
        let most = match self.random.below(8) {
            0 => fixture.all_as_cost() + 1,
            _ => 2,
        };
        let cost = 1 + u32::try_from(self.random.below(most as usize)).unwrap_or(0);
        watch(fixture, key, cost);
        match fixture.ask(key, cost) {
            Ok(token) => {
                self.admitted += 1;
                self.under_way.push(Call { token, key, cost, began: fixture.now() });
                Outcome::Admitted
            }
            Err(refusal) => {
                self.refused += 1;
                Outcome::Refused(refusal.kind(), refusal.retry_after())
            }
        }
    }

    fn end(&mut self, fixture: &Fixture) {
        if self.under_way.is_empty() {
            return;
        }
        let call = self.under_way.swap_remove(self.random.below(self.under_way.len()));
        let verdict = match self.random.below(2) {
            _ if self.all_run => Verdict::Success,
            0 => Verdict::Unused,
            _ => Verdict::ALL[self.random.below(Verdict::ALL.len())],
        };
        self.ended[verdict.index()] += 1;
        if verdict != Verdict::Unused {
            self.ran.add(call.key, call.began, call.cost);
        }
        fixture.end(call.token, call.cost, verdict);
    }

    /// Mostly a little; sometimes to where something may happen, or just not.
    fn pass(&mut self, fixture: &Fixture) {
        let token = fixture.setup.period / fixture.setup.limit;
        fixture.pass(match self.random.below(10) {
            0 => fixture.setup.period,
            1 => fixture.setup.period - MOMENT,
            2 => token - MOMENT,
            3 | 4 => token * 3 / 2,
            _ => token,
        });
    }
}

/// Returns the outcomes of a run; `watch` is told before a call enters.
pub(super) fn play(
    fixture: &Fixture,
    seed: u64,
    watch: impl Fn(&Fixture, CallKey, u32),
) -> Vec<Outcome> {
    let mut script = Script::new(seed);
    (0..STEPS).map(|_| script.step(fixture, &watch)).collect()
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
