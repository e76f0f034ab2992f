use std::time::Duration;

use seawall_core::{KeyStatus, Tick};

use crate::meter::{Denied, Meter, Spent};
use crate::scale::Scale;

/// A bucket, told by one number: the position of the flow at which it will be full again.
///
/// All that has flowed since the clock's origin is the *position*, in [units](Scale). Who takes
/// tokens moves the position at which the bucket is full: from where it was, or from now if it is
/// full. This is GCRA with tokens for time, as virtual scheduling has it: its "theoretical arrival
/// time" is where the bucket is full. In tokens nothing is rounded, whatever the rate.
///
/// A flow that moves in steps makes it a token bucket that is filled in portions, and with a burst
/// of one portion a fixed window. With a tolerance of one token while more are let in to wait, it is
/// a leaky bucket.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bucket {
    scale: Scale,
    /// How far ahead of the flow the position may be for a call to go on at once, in units.
    tolerance: u64,
    /// How far ahead it may be at all, less those who wait by their own wish.
    depth: u64,
    burst: u32,
    window: Duration,
    paced: bool,
}

impl Bucket {
    /// `burst` tokens at once.
    pub(crate) fn new(scale: Scale, burst: u32, window: Duration) -> Self {
        let depth = scale.units(burst);
        Self { scale, tolerance: depth, depth, burst, window, paced: false }
    }

    /// One token at once, while `burst` may wait.
    pub(crate) fn paced(scale: Scale, burst: u32, window: Duration) -> Self {
        let tolerance = scale.units(1);
        Self { tolerance, paced: true, ..Self::new(scale, burst, window) }
    }

    /// The last position, which no bucket reaches.
    pub(crate) const NOWHERE: u64 = u64::MAX;

    #[inline]
    fn after(base: u64, cost: u64) -> u64 {
        base.saturating_add(cost).min(Self::NOWHERE - 1)
    }

    /// The part of a cost during which a paced call waits for itself.
    fn lead(&self, cost: u64) -> u64 {
        if self.paced { cost - self.tolerance } else { 0 }
    }

    /// Where the flow is when the last of those who wait is served; no further than now, if nobody
    /// waits.
    fn promised(&self, full: u64, position: u64) -> u64 {
        match full.checked_sub(self.tolerance) {
            Some(last) if last > position => self.scale.position(self.scale.reached(last)),
            _ => position,
        }
    }

    #[cold]
    fn take_later(
        &self,
        full: u64,
        now: Tick,
        cost: u64,
        until: Tick,
    ) -> Result<(u64, Tick), Denied> {
        let position = self.scale.position(now);
        let after = Self::after(full.max(position), cost);
        // Later, times are not told apart any more.
        let until = until.min(self.scale.last());
        // Counted from zero, so that it is the same at any time, however positions are rounded.
        let own_wait = self.scale.reached(self.lead(cost)).since(Tick::ZERO);
        if now + own_wait > until.max(now) {
            return Err(Denied::Never);
        }
        let ready = self.scale.reached(after.saturating_sub(self.tolerance));
        let room = match self.paced {
            true => self.scale.reached(after.saturating_sub(self.depth)),
            false => now,
        };
        if ready > until || room > now {
            return Err(Denied::Until(ready.max(room)));
        }
        // What flows in steps may be further by then than this call needs: the bucket is full then,
        // and the rest is lost.
        let there = self.scale.position(ready).saturating_sub(self.lead(cost));
        Ok((Self::after(full.max(there), cost), ready))
    }
}

impl Meter for Bucket {
    type State = u64;

    const FULL: u64 = 0;

    #[inline]
    fn take(&self, full: u64, now: Tick, cost: u32, until: Tick) -> Result<(u64, Tick), Denied> {
        if cost > self.burst {
            return Err(Denied::Never);
        }
        let position = self.scale.position(now);
        let cost = self.scale.units(cost);
        let after = Self::after(full.max(position), cost);
        if after - position <= self.tolerance {
            return Ok((after, now));
        }
        self.take_later(full, now, cost, until)
    }

    /// Given back is what is left of the tokens once the flow since they were there to be used is
    /// taken off: had they stayed in, the bucket might have been full since, and have lost as much.
    /// And nothing, if others wait behind: they have been told their times, and if newcomers took
    /// what is given back, too many would come then. The rule of Go's `x/time/rate`, but that it
    /// knows by when the last of them will be served.
    ///
    /// With this, whatever is taken and given back in whatever order: for each call that is kept, the
    /// bucket is full no sooner than that call and all after it make it from the time it runs.
    fn give_back(&self, full: u64, now: Tick, cost: u32, ready: Tick) -> u64 {
        let cost = self.scale.units(cost);
        let (position, there) = (self.scale.position(now), self.scale.position(ready));
        let last = self.promised(full, position);
        let lost = match last > position {
            true if there >= last => 0,
            true => cost,
            false => {
                let taken = there.saturating_sub(self.lead(cost));
                position.saturating_sub(taken)
            }
        };
        full.saturating_sub(cost.saturating_sub(lost))
    }

    fn refund(&self, full: u64, _now: Tick, cost: u32) -> u64 {
        full.saturating_sub(self.scale.units(cost))
    }

    fn left(&self, full: u64, now: Tick) -> KeyStatus {
        let position = self.scale.position(now);
        let missing = full.saturating_sub(position);
        let remaining = self.scale.tokens(self.depth.saturating_sub(missing));
        let reset_after = match missing {
            0 => Duration::ZERO,
            _ => self.scale.reached(full).since(now),
        };
        KeyStatus::full(now, self.burst.into(), self.window).with_remaining(remaining, reset_after)
    }

    fn full_at(&self, full: u64) -> Tick {
        self.scale.reached(full)
    }

    fn spent(&self, full: u64, now: Tick) -> Spent {
        let missing = full.saturating_sub(self.scale.position(now));
        let level = missing.min(self.depth);
        let worth = |units: u64| self.scale.worth(units);
        Spent { level: worth(level), debt: worth(missing - level) }
    }

    fn restore(&self, spent: Spent, now: Tick) -> u64 {
        let units = self.scale.units_worth(spent.under(self.burst));
        match units {
            0 => Self::FULL,
            _ => Self::after(self.scale.position(now), units),
        }
    }

    fn burst(&self) -> u32 {
        self.burst
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bucket_is_nowhere() {
        let second = Duration::from_secs(1);
        let bucket = Bucket::new(Scale::smooth(1, second), 1, second);
        let full = bucket.restore(Spent { level: 0, debt: u128::MAX }, Tick::MAX);
        assert_eq!(full, Bucket::NOWHERE - 1, "all that can be owed, at the end of time");
        assert_eq!(bucket.left(full, Tick::MAX).remaining, 0);
    }
}
