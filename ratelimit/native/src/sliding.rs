use std::time::Duration;

use seawall_core::{KeyStatus, Tick};

use crate::meter::{Denied, Meter};
use crate::spent::Spent;

/// A sliding window, estimated from two counters: this period's, and the share of the last one's that
/// the window still covers.
///
/// That share is rounded down: a rest of less than a token is none, or each period would give one
/// token less than the limit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sliding {
    limit: u32,
    /// Whether nothing can be taken.
    blocked: bool,
    period: u64,
}

/// What was taken in a period and in the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counters {
    /// The number of the period since the clock's origin.
    period: u64,
    current: u32,
    previous: u32,
}

/// 292 years after the clock's origin, after which no period begins.
const LAST: u64 = 1 << 63;

impl Sliding {
    pub(crate) fn new(limit: u32, period: Duration) -> Self {
        let period = u64::try_from(period.as_nanos()).unwrap_or(u64::MAX);
        Self { limit, blocked: false, period }
    }

    /// The same window, from which nothing can be taken.
    pub(crate) fn blocked(self) -> Self {
        Self { blocked: true, ..self }
    }

    /// The counters at `now`, or at the beginning of their own period if that is later, and the
    /// nanoseconds since the beginning of the period.
    fn at(&self, counters: Counters, now: Tick) -> (Counters, u64) {
        let nanos = now.as_nanos().min(LAST);
        let (period, inside) = (nanos / self.period, nanos % self.period);
        match period.checked_sub(counters.period) {
            None => (counters, 0),
            Some(0) => (counters, inside),
            Some(1) => (Counters { period, current: 0, previous: counters.current }, inside),
            Some(_) => (Counters { period, current: 0, previous: 0 }, inside),
        }
    }

    /// How much of the last period's count the window still covers, of which the present nanosecond
    /// is the last.
    fn weight(&self, previous: u32, inside: u64) -> u32 {
        let covered = u128::from(previous) * u128::from(self.period - 1 - inside);
        u32::try_from(covered / u128::from(self.period)).unwrap_or(u32::MAX)
    }

    /// When in this period, counted from its beginning, there is room for `cost` more.
    fn room_in(&self, counters: Counters, cost: u32) -> Option<u64> {
        let free = self.limit.checked_sub(counters.current)?.checked_sub(cost)?;
        if free >= counters.previous {
            return Some(0);
        }
        // The first `inside` with previous × (period - 1 - inside) < (free + 1) × period.
        let (free, period) = (u128::from(free), u128::from(self.period));
        let covered = ((free + 1) * period - 1) / u128::from(counters.previous);
        let inside = (period - 1).saturating_sub(covered);
        u64::try_from(inside).ok()
    }

    /// From when on `cost` more tokens fit, if no other call takes any.
    fn room(&self, counters: Counters, cost: u32) -> Tick {
        let next = Counters { current: 0, previous: counters.current, ..counters };
        let (periods, inside) = match (self.room_in(counters, cost), self.room_in(next, cost)) {
            (Some(inside), _) => (0, inside),
            (None, Some(inside)) => (1, inside),
            // A cost is never above the limit, so it fits when nothing is counted.
            (None, None) => (2, 0),
        };
        let nanos = self.begins(counters.period.saturating_add(periods)).as_nanos();
        match nanos.saturating_add(inside) {
            nanos if nanos > LAST => Tick::MAX,
            nanos => Tick::from_nanos(nanos),
        }
    }

    fn begins(&self, period: u64) -> Tick {
        Tick::from_nanos(period.saturating_mul(self.period))
    }
}

impl Meter for Sliding {
    type State = Counters;

    const FULL: Counters = Counters { period: 0, current: 0, previous: 0 };

    const QUEUED: Counters = Counters { period: u64::MAX, current: u32::MAX, previous: u32::MAX };

    fn take(&self, counters: Counters, now: Tick, cost: u32) -> Result<Counters, Denied> {
        if self.blocked {
            return Err(Denied::Blocked);
        }
        if cost > self.limit {
            return Err(Denied::CostAboveLimit);
        }
        let (mut counters, inside) = self.at(counters, now);
        // A period that begins later is that of a call with a later time.
        let has_begun = counters.period <= now.as_nanos().min(LAST) / self.period;
        match self.room_in(counters, cost) {
            Some(room) if room <= inside && has_begun => {
                counters.current = counters.current.saturating_add(cost);
                Ok(counters)
            }
            _ => Err(Denied::Until(self.room(counters, cost))),
        }
    }

    fn charge(&self, counters: Counters, now: Tick, cost: u32) -> Counters {
        let (mut counters, _) = self.at(counters, now);
        counters.current = counters.current.saturating_add(cost);
        counters
    }

    fn give_back(&self, counters: Counters, now: Tick, cost: u32, since: Tick) -> Counters {
        let (mut counters, _) = self.at(counters, now);
        match counters.period.checked_sub(since.as_nanos().min(LAST) / self.period) {
            Some(0) => counters.current = counters.current.saturating_sub(cost),
            Some(1) => counters.previous = counters.previous.saturating_sub(cost),
            _ => {}
        }
        counters
    }

    fn refund(&self, counters: Counters, now: Tick, cost: u32) -> Counters {
        let (mut counters, _) = self.at(counters, now);
        let rest = cost.saturating_sub(counters.current);
        counters.current = counters.current.saturating_sub(cost);
        counters.previous = counters.previous.saturating_sub(rest);
        counters
    }

    fn left(&self, counters: Counters, now: Tick) -> KeyStatus {
        let limit = self.burst();
        let full = KeyStatus::full(now, limit.into(), Duration::from_nanos(self.period));
        let reset_after = self.full_at(counters).since(now);
        let (at, inside) = self.at(counters, now);
        // Where calls wait for a later period, this one has nothing left.
        let used = match at.period > now.as_nanos().min(LAST) / self.period {
            true => limit,
            false => at.current.saturating_add(self.weight(at.previous, inside)),
        };
        full.with_remaining(limit.saturating_sub(used).into(), reset_after)
    }

    fn full_at(&self, counters: Counters) -> Tick {
        let (periods, last) = match (counters.current, counters.previous) {
            _ if counters == Self::QUEUED => return Tick::MAX,
            (0, 0) => return Tick::ZERO,
            (0, previous) => (0, previous),
            (current, _) => (1, current),
        };
        // The first time inside that period at which the weight is zero.
        let inside = self.period - 1 - (self.period - 1) / u64::from(last);
        let begin = self.begins(counters.period.saturating_add(periods));
        Tick::from_nanos(begin.as_nanos().saturating_add(inside))
    }

    fn is_full(&self, counters: Counters, now: Tick) -> bool {
        // At the end of time, no period begins any more.
        self.full_at(counters).as_nanos() <= now.as_nanos().min(LAST)
    }

    fn is_used_up(&self, counters: Counters, now: Tick) -> bool {
        let (at, inside) = self.at(counters, now);
        at.current.saturating_add(self.weight(at.previous, inside)) >= self.limit
    }

    fn spent(&self, counters: Counters, now: Tick) -> Spent {
        let (at, inside) = self.at(counters, now);
        let used = u128::from(at.current) + u128::from(self.weight(at.previous, inside));
        Spent { level: used * Spent::TOKEN, debt: 0 }
    }

    fn restore(&self, worth: u128, now: Tick) -> Counters {
        let period = now.as_nanos().min(LAST) / self.period;
        match u32::try_from(worth.div_ceil(Spent::TOKEN)).unwrap_or(u32::MAX) {
            0 => Self::FULL,
            current => Counters { period, current, previous: 0 },
        }
    }

    /// More than the limit may be counted: that ends with the next period.
    fn adopt(&self, old: &Self, counters: Counters) -> Option<Counters> {
        (self.period == old.period).then_some(counters)
    }

    fn full_burst(&self) -> u32 {
        self.limit
    }

    fn burst(&self) -> u32 {
        if self.blocked { 0 } else { self.limit }
    }
}
