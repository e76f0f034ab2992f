use std::task::Poll;

use seawall_core::BoxFuture;
use seawall_core::pool::{Lent, PoolControl};

use super::fixture::{Asking, Borrowed, Fixture, HOUR, MS, poll};
use super::{Act, Step};
use crate::law::Random;

/// The seeds of the plays.
pub(super) const SEEDS: std::ops::Range<u64> = 0..8;

/// Random actions of borrowers and waiters, and random failures meanwhile.
pub(super) struct Play<'b> {
    fixture: &'b Fixture,
    random: Random,
    lent: Vec<Borrowed<'b>>,
    asking: Vec<Asking<'b>>,
    work: BoxFuture<'static, ()>,
    came: Vec<String>,
}

const TROUBLE: [(Act, Step); 9] = [
    (Act::Create, Step::Fail("refused")),
    (Act::Create, Step::Yield(2)),
    (Act::Create, Step::Take(MS)),
    (Act::Check, Step::Fail("gone away")),
    (Act::Check, Step::Take(MS)),
    (Act::Check, Step::Hang),
    (Act::Reset, Step::Fail("gone away")),
    (Act::Reset, Step::Yield(2)),
    (Act::IsBroken, Step::Fail("broken")),
];

impl<'b> Play<'b> {
    /// Maximum size of a pool in a play, without overflow.
    pub(super) const MOST: u32 = 4;

    pub(super) fn new(fixture: &'b Fixture, seed: u64) -> Self {
        Self {
            fixture,
            random: Random::new(seed),
            lent: Vec::new(),
            asking: Vec::new(),
            work: Box::pin(fixture.pool.maintain()),
            came: Vec::new(),
        }
    }

    /// Returns the number of lent resources.
    pub(super) fn lent(&self) -> u32 {
        u32::try_from(self.lent.len()).expect("fits into u32")
    }

    /// Returns everything and drops all waiters.
    pub(super) fn end(self) {}

    /// Ends the play and returns its log, step by step.
    pub(super) fn came(self) -> Vec<String> {
        self.came
    }

    /// Does one random action, then polls all waiters.
    pub(super) fn step(&mut self) {
        let what = self.random.below(16);
        let fixture = self.fixture;
        match what {
            0..=4 => {
                let deadline = [MS, 5 * MS, 50 * MS, HOUR][self.random.below(4)];
                self.asking.push(fixture.ask(deadline));
            }
            5..=8 if !self.lent.is_empty() => {
                let lent = self.lent.swap_remove(self.random.below(self.lent.len()));
                if what == 8 { Lent::discard(lent) } else { drop(lent) }
            }
            9 if !self.asking.is_empty() => {
                drop(self.asking.remove(self.random.below(self.asking.len())));
            }
            10 | 11 => fixture.time.advance([MS, 7 * MS, 20 * MS][self.random.below(3)]),
            12 | 13 => {
                let (act, step) = TROUBLE[self.random.below(TROUBLE.len())];
                fixture.dummy.then(act, step);
            }
            14 if self.random.below(3) == 0 => fixture.dummy.restart(),
            15 => {
                let max = u32::try_from(self.random.below(Self::MOST as usize)).unwrap_or(0) + 1;
                fixture.resize(max);
            }
            _ => assert!(poll(&mut self.work).is_pending(), "the pool is open"),
        }
        self.go_on(what);
    }

    /// Polls all waiters in arrival order.
    fn go_on(&mut self, what: usize) {
        let mut came = format!("{what}:");
        for mut asking in std::mem::take(&mut self.asking) {
            match poll(&mut asking) {
                Poll::Pending => {
                    came += " waits";
                    self.asking.push(asking);
                }
                Poll::Ready(Ok(lent)) => {
                    came += &format!(" lent {}", lent.id());
                    self.lent.push(lent);
                }
                Poll::Ready(Err(refusal)) => came += &format!(" refused: {refusal}"),
            }
        }
        self.came.push(came);
    }
}
