use std::time::Duration;

use seawall_core::{KeyStatus, Tick};

use crate::meter::{Denied, Meter, Spent};

/// A sliding window, told by two counters: this period's and the last one's, of which as much counts
/// as the window still covers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sliding {
    limit: u32,
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

impl Sliding {
    pub(crate) fn new(limit: u32, period: Duration) -> Self {
        Self { limit, period: u64::try_from(period.as_nanos()).unwrap_or(u64::MAX) }
    }

    /// The counters as they are at `now`, or when their period begins if that is later: those who
    /// wait have been let in there.
    fn at(&self, counters: Counters, now: Tick) -> (Counters, u64) {
        let nanos = now.as_nanos();
        let (period, inside) = (nanos / self.period, nanos % self.period);
        match period.checked_sub(counters.period) {
            None => (counters, 0),
            Some(0) => (counters, inside),
            Some(1) => (Counters { period, current: 0, previous: counters.current }, inside),
            Some(_) => (Counters { period, current: 0, previous: 0 }, inside),
        }
    }

    /// The part of the last period's count that still counts, rounded up.
    fn weight(&self, previous: u32, inside: u64) -> u32 {
        let covered = u128::from(previous) * u128::from(self.period - inside);
        u32::try_from(covered.div_ceil(u128::from(self.period))).unwrap_or(u32::MAX)
    }

    /// When in this period, counted from its beginning, there is room for `cost` more.
    fn room_in(&self, counters: Counters, cost: u32) -> Option<u64> {
        let free = self.limit.checked_sub(counters.current)?.checked_sub(cost)?;
        if free >= counters.previous {
            return Some(0);
        }
        // previous × (period - inside) / period, rounded up, is to be at most `free`.
        let covered = u128::from(free) * u128::from(self.period) / u128::from(counters.previous);
        Some(self.period - u64::try_from(covered).unwrap_or(u64::MAX))
    }

    /// From when on `cost` more tokens fit, and the counters there.
    fn room(&self, counters: Counters, inside: u64, cost: u32) -> (Counters, Tick) {
        let found = self.room_in(counters, cost).map(|room| (counters, room.max(inside)));
        let (counters, inside) = match found {
            Some((counters, inside)) if inside < self.period => (counters, inside),
            _ => {
                let next = Counters {
                    period: counters.period + 1,
                    current: 0,
                    previous: counters.current,
                };
                // A cost is never above the limit, so there is room when this period is over.
                (next, self.room_in(next, cost).unwrap_or(self.period))
            }
        };
        if inside == self.period {
            let next = Counters { period: counters.period + 1, current: 0, previous: 0 };
            return (next, self.begins(next.period));
        }
        let nanos = self.begins(counters.period).as_nanos().saturating_add(inside);
        (counters, Tick::from_nanos(nanos))
    }

    fn begins(&self, period: u64) -> Tick {
        Tick::from_nanos(period.saturating_mul(self.period))
    }

    fn used(&self, counters: Counters, inside: u64) -> u32 {
        counters.current.saturating_add(self.weight(counters.previous, inside))
    }
}

impl Meter for Sliding {
    type State = Counters;

    const FULL: Counters = Counters { period: 0, current: 0, previous: 0 };

    fn take(
        &self,
        counters: Counters,
        now: Tick,
        cost: u32,
        until: Tick,
    ) -> Result<(Counters, Tick), Denied> {
        if cost > self.limit {
            return Err(Denied::Never);
        }
        let (counters, inside) = self.at(counters, now);
        let (mut there, ready) = self.room(counters, inside, cost);
        let ready = ready.max(now);
        if ready > now && ready > until {
            return Err(Denied::Until(ready));
        }
        there.current += cost;
        Ok((there, ready))
    }

    fn give_back(&self, counters: Counters, _now: Tick, cost: u32, ready: Tick) -> Counters {
        let mut counters = counters;
        match counters.period.checked_sub(ready.as_nanos() / self.period) {
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
        let full = KeyStatus::full(now, self.limit.into(), Duration::from_nanos(self.period));
        let reset_after = self.full_at(counters).since(now);
        let (at, inside) = self.at(counters, now);
        let remaining = match at.period > now.as_nanos() / self.period {
            true => 0,
            false => self.limit.saturating_sub(self.used(at, inside)),
        };
        full.with_remaining(remaining.into(), reset_after)
    }

    fn full_at(&self, counters: Counters) -> Tick {
        match (counters.current, counters.previous) {
            (0, 0) => Tick::ZERO,
            (0, _) => self.begins(counters.period.saturating_add(1)),
            _ => self.begins(counters.period.saturating_add(2)),
        }
    }

    fn spent(&self, counters: Counters, now: Tick) -> Spent {
        let (counters, inside) = self.at(counters, now);
        let worth = |tokens: u32| u128::from(tokens) * Spent::TOKEN;
        // Where others wait for a later period, this one is closed, and they owe what is in theirs.
        let (level, debt) = match counters.period - now.as_nanos() / self.period {
            0 => {
                let used = self.used(counters, inside);
                (used.min(self.limit), used.saturating_sub(self.limit))
            }
            1 => (self.limit, counters.current),
            _ => (self.limit, counters.current.saturating_add(counters.previous)),
        };
        Spent { level: worth(level), debt: worth(debt) }
    }

    fn restore(&self, spent: Spent, now: Tick) -> Counters {
        let worth = spent.under(self.limit).div_ceil(Spent::TOKEN);
        let tokens = u32::try_from(worth).unwrap_or(u32::MAX);
        let period = now.as_nanos() / self.period;
        let current = tokens.min(self.limit);
        match tokens - current {
            0 => Counters { period, current, previous: 0 },
            // Of those who wait, no more can be kept than fit into the next period.
            debt => {
                Counters { period: period + 1, current: debt.min(self.limit), previous: current }
            }
        }
    }

    fn burst(&self) -> u32 {
        self.limit
    }
}
