use seawall_core::Tick;

use super::rate::Rate;

/// The usage of one key, as the list of all that was done to it, which each question evaluates anew.
/// So what is given back leaves no trace.
#[derive(Default)]
pub(super) struct Account {
    /// In the order of their times.
    deeds: Vec<Deed>,
    /// What was owed after all deeds that were forgotten, and when.
    before: (u128, Tick),
    /// Number of calls admitted since nothing was owed.
    pub(super) calls: u32,
    /// Number of refusals in a row.
    pub(super) refused: u32,
    /// Of these, the number at the time of the last.
    pub(super) refused_at_once: (u32, Tick),
}

/// Something taken, or given if it is below zero.
struct Deed {
    number: u64,
    at: Tick,
    parts: i128,
    /// Whether it can no longer be undone.
    is_settled: bool,
}

impl Account {
    /// Returns what is owed at `now`, which is no earlier than the last deed.
    pub(super) fn debt(&self, rate: &Rate, now: Tick) -> u128 {
        let owed = self.deeds.iter().fold(self.before, |before, deed| deed.after(rate, before));
        flowed(rate, owed, now)
    }

    /// Returns when a call that arrives at `now` is served: first come, first served.
    pub(super) fn turn(&self, now: Tick) -> Tick {
        self.deeds.last().map_or(now, |deed| deed.at.max(now))
    }

    /// Returns when there are `cost` tokens for a call that arrives at `now`.
    pub(super) fn start(&self, rate: &Rate, now: Tick, cost: u32) -> Tick {
        let turn = self.turn(now);
        let owed = self.debt(rate, turn) + rate.parts(cost);
        turn + rate.time(owed.saturating_sub(rate.parts(rate.burst)))
    }

    /// Returns when nothing is owed any more.
    pub(super) fn full_at(&self, rate: &Rate, now: Tick) -> Tick {
        let turn = self.turn(now);
        turn + rate.time(self.debt(rate, turn))
    }

    pub(super) fn is_full(&self, rate: &Rate, now: Tick) -> bool {
        self.full_at(rate, now) <= now
    }

    /// Returns the tokens that a call which does not wait can take at `now`.
    pub(super) fn left(&self, rate: &Rate, now: Tick) -> u32 {
        if self.turn(now) > now { 0 } else { rate.left(self.debt(rate, now)) }
    }

    fn place(&self, at: Tick) -> usize {
        self.deeds.partition_point(|deed| deed.at <= at)
    }

    /// Takes tokens from `at` on, for the call with this number; in a gap, if it is before others.
    pub(super) fn take(&mut self, rate: &Rate, number: u64, at: Tick, cost: u32) {
        let place = self.place(at);
        self.deeds.insert(place, Deed::new(rate, number, at, cost));
        self.calls += 1;
    }

    /// Takes tokens like [`take`](Self::take), as if no other time were later.
    pub(super) fn take_last(&mut self, rate: &Rate, number: u64, at: Tick, cost: u32) {
        self.deeds.push(Deed::new(rate, number, at, cost));
    }

    pub(super) fn count_refusal(&mut self, now: Tick) {
        let (at_once, instant) = self.refused_at_once;
        self.refused += 1;
        self.refused_at_once = (if instant == now { at_once + 1 } else { 1 }, now);
    }

    /// Takes tokens for good, now or after all waiters.
    pub(super) fn spend(&mut self, rate: &Rate, now: Tick, cost: u32) {
        if cost > 0 {
            let deed = Deed::new(rate, 0, self.turn(now), cost);
            self.deeds.push(Deed { is_settled: true, ..deed });
        }
    }

    /// Goes on from what is owed at `now`, or from `max` if that is less.
    pub(super) fn convert(&mut self, rate: &Rate, now: Tick, max: Option<u128>) {
        let debt = self.debt(rate, self.turn(now));
        self.before = (debt.min(max.unwrap_or(u128::MAX)), now);
        self.deeds.clear();
    }

    /// Gives tokens, of which no more are kept than are owed.
    pub(super) fn refund(&mut self, rate: &Rate, now: Tick, cost: u32) {
        let deed = Deed::new(rate, 0, self.turn(now), cost);
        self.deeds.push(Deed { is_settled: true, parts: -deed.parts, ..deed });
    }

    /// Removes the call with this number; returns true if there was one.
    pub(super) fn undo(&mut self, number: u64) -> bool {
        let before = self.deeds.len();
        self.deeds.retain(|deed| deed.number != number);
        self.deeds.len() < before
    }

    /// Returns when the call with this number may go.
    pub(super) fn at(&self, number: u64) -> Option<Tick> {
        self.deeds.iter().find(|deed| deed.number == number).map(|deed| deed.at)
    }

    /// Moves all that waits up to the earliest times, in the same order.
    pub(super) fn move_up(&mut self, rate: &Rate, now: Tick) {
        let waiting = self.deeds.split_off(self.place(now));
        for mut deed in waiting {
            let turn = self.turn(now);
            let owed = self.debt(rate, turn).saturating_add_signed(deed.parts);
            deed.at = turn + rate.time(owed.saturating_sub(rate.parts(rate.burst)));
            self.deeds.push(deed);
        }
    }

    /// Changes the cost of the call with this number.
    pub(super) fn reprice(&mut self, rate: &Rate, number: u64, cost: u32) {
        for deed in self.deeds.iter_mut().filter(|deed| deed.number == number) {
            deed.parts = Deed::new(rate, number, deed.at, cost).parts;
        }
    }

    /// Makes the cost of the call with this number final.
    pub(super) fn settle(&mut self, number: u64) {
        for deed in self.deeds.iter_mut().filter(|deed| deed.number == number) {
            deed.is_settled = true;
        }
    }

    /// Forgets the deeds that no longer matter.
    pub(super) fn tidy(&mut self, rate: &Rate, now: Tick) {
        if self.is_full(rate, now) {
            self.deeds.clear();
            (self.before, self.calls) = ((0, now), 0);
        }
        let stays = |deed: &Deed| !deed.is_settled || deed.at > now;
        let settled = self.deeds.iter().position(stays).unwrap_or(self.deeds.len());
        for deed in self.deeds.drain(..settled) {
            self.before = deed.after(rate, self.before);
        }
    }
}

impl Deed {
    fn new(rate: &Rate, number: u64, at: Tick, cost: u32) -> Self {
        let parts = i128::try_from(rate.parts(cost)).unwrap_or(i128::MAX);
        Self { number, at, parts, is_settled: false }
    }

    fn after(&self, rate: &Rate, before: (u128, Tick)) -> (u128, Tick) {
        (flowed(rate, before, self.at).saturating_add_signed(self.parts), self.at)
    }
}

fn flowed(rate: &Rate, (debt, since): (u128, Tick), now: Tick) -> u128 {
    debt.saturating_sub(rate.flow(now.since(since)))
}
