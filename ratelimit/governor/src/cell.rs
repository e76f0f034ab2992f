use std::time::Duration;

use seawall_core::Tick;

use crate::sightings::Sightings;

/// One bucket of GCRA: the time at which it will be full, and what is needed to return tokens
/// without creating any.
///
/// A full bucket equals an unused one, so a cell can be dropped once its time has passed.
///
/// # Waiting
/// A waiting call takes its tokens when it arrives, as of the time at which it will run. So the
/// bucket may be in debt, and later calls go later.
///
/// # Refunds
/// Returned tokens must leave the bucket as if they had never been taken. That may be fewer than
/// were taken: otherwise the bucket might have been full in the meantime, and lost its inflow. Each
/// later call shows an upper bound: how far the bucket was from full. A cell keeps the least of
/// these ([`Sightings`]), so under load it may return a little less than it could, never more.
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
