use std::time::Duration;

use seawall_core::{RefusalKind, Tick, Token, Verdict};

use super::bench::{Bench, MOMENT, Who};
use super::ran::Ran;
use crate::law::Chance;

/// How many plays a law has.
pub(super) const SEEDS: std::ops::Range<u64> = 0..20;
/// How many steps a play has.
pub(super) const STEPS: usize = 400;

/// What came of one step.
#[derive(Debug, PartialEq)]
pub(super) enum Came {
    Admitted,
    Refused(RefusalKind, Option<Duration>),
    Ended,
    TimePassed,
}

/// A play of calls and pauses that is the same for the same seed.
pub(super) struct Script {
    chance: Chance,
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
    who: Who,
    cost: u32,
    began: Tick,
}

impl Script {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            chance: Chance::new(seed),
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

    /// Does something to `bench`: a call enters, or one ends, or time passes. Before a call enters,
    /// `watch` is told.
    pub(super) fn step(&mut self, bench: &Bench, watch: impl FnOnce(&Bench, Who, u32)) -> Came {
        match self.chance.draw(10) {
            0..5 => self.enter(bench, watch),
            5..8 => {
                self.end(bench);
                Came::Ended
            }
            _ => {
                self.pass(bench);
                Came::TimePassed
            }
        }
    }

    pub(super) fn under_way(&self) -> u64 {
        self.under_way.len() as u64
    }

    /// The calls that did run.
    pub(super) fn into_ran(mut self) -> Ran {
        for call in self.under_way {
            self.ran.add(call.who, call.began, call.cost);
        }
        self.ran
    }

    fn enter(&mut self, bench: &Bench, watch: impl FnOnce(&Bench, Who, u32)) -> Came {
        let who = [None, Some(1), Some(2)][self.chance.draw(3)];
        // Now and then as much as there can be, or more.
        let most = match self.chance.draw(8) {
            0 => bench.all_as_cost() + 1,
            _ => 2,
        };
        let cost = 1 + u32::try_from(self.chance.draw(most as usize)).unwrap_or(0);
        watch(bench, who, cost);
        match bench.ask(who, cost) {
            Ok(token) => {
                self.admitted += 1;
                self.under_way.push(Call { token, who, cost, began: bench.now() });
                Came::Admitted
            }
            Err(refusal) => {
                self.refused += 1;
                Came::Refused(refusal.kind(), refusal.retry_after())
            }
        }
    }

    fn end(&mut self, bench: &Bench) {
        if self.under_way.is_empty() {
            return;
        }
        let call = self.under_way.swap_remove(self.chance.draw(self.under_way.len()));
        let verdict = match self.chance.draw(2) {
            _ if self.all_run => Verdict::Success,
            0 => Verdict::Unused,
            _ => Verdict::ALL[self.chance.draw(Verdict::ALL.len())],
        };
        self.ended[verdict.index()] += 1;
        if verdict != Verdict::Unused {
            self.ran.add(call.who, call.began, call.cost);
        }
        bench.end(call.token, call.cost, verdict);
    }

    /// Mostly a little; sometimes to where something may happen, or just not.
    fn pass(&mut self, bench: &Bench) {
        let token = bench.setup.period / bench.setup.limit;
        bench.pass(match self.chance.draw(10) {
            0 => bench.setup.period,
            1 => bench.setup.period - MOMENT,
            2 => token - MOMENT,
            3 | 4 => token * 3 / 2,
            _ => token,
        });
    }
}

/// All that came of a play; `watch` is told before a call enters.
pub(super) fn play(bench: &Bench, seed: u64, watch: impl Fn(&Bench, Who, u32)) -> Vec<Came> {
    let mut script = Script::new(seed);
    (0..STEPS).map(|_| script.step(bench, &watch)).collect()
}

/// Asserts that two plays went the same way and ended in the same state.
#[track_caller]
pub(super) fn assert_same(one: (&Bench, Vec<Came>), other: (&Bench, Vec<Came>), which: &str) {
    let ((one, one_came), (other, other_came)) = (one, other);
    crate::law::assert_same((&one.status(), &one_came), (&other.status(), &other_came), which);
}
