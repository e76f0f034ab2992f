use std::time::Duration;

use seawall_core::Tick;

use crate::sightings::Sightings;

/// One bucket, as GCRA keeps it: the time at which it will be full. And what it takes to give tokens
/// back without minting any.
///
/// A bucket that is full is as good as none, so a cell whose time is over can be forgotten without
/// forgiving anybody anything.
///
/// # Waiting
/// A call that waits takes its tokens when it comes, and as of the time at which it will run. So the
/// bucket may owe, and who comes later is behind.
///
/// # Giving back
/// Tokens that come back must leave the bucket as if they had never been taken. That is not always
/// as many as were taken: had they stayed in, the bucket might have been full for a while since, and
/// what flowed in then would have been lost. Each later taking shows how much at most: they are
/// worth no more than the bucket was away from being full. So a cell keeps the least of these
/// distances ([`Sightings`]): under load it may give back a little less than it could, and never
/// more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    full_at: Tick,
    /// The number of the taking that found it full.
    first: u64,
    since: Sightings,
}

impl Cell {
    pub(crate) const FULL: Self =
        Self { full_at: Tick::ZERO, first: u64::MAX, since: Sightings::NONE };

    pub(crate) fn is_full(&self, now: Tick) -> bool {
        self.full_at <= now
    }

    pub(crate) fn full_at(&self) -> Tick {
        self.full_at
    }

    /// How far it is from being full, as time; `None` if it is.
    pub(crate) fn missing(&self, now: Tick) -> Option<Duration> {
        (!self.is_full(now)).then(|| self.full_at.since(now))
    }

    /// The taking of that number, as of the time `at`, leaves the bucket `left` away from being full.
    pub(crate) fn take(&mut self, number: u64, at: Tick, left: Duration) {
        match self.missing(at) {
            None => (self.first, self.since) = (number, Sightings::NONE),
            Some(missing) => self.since.add(number, missing),
        }
        self.full_at = at + left;
    }

    /// Tokens worth `time`, taken by the taking of that number, were not used.
    pub(crate) fn give_back(&mut self, number: u64, time: Duration) {
        if number < self.first {
            return;
        }
        let worth = time.min(self.since.least_after(number));
        self.since.correct_after(number, worth);
        self.refund(worth);
    }

    /// Tokens worth `time` flow in at once, as far as there is room.
    pub(crate) fn refund(&mut self, time: Duration) {
        self.full_at = Tick::ZERO + self.full_at.since(Tick::ZERO + time);
    }
}
