use std::time::Duration;

use seawall_core::{KeyStatus, Tick};

use crate::meter::{Denied, First, Meter};
use crate::scale::Scale;
use crate::spent::Spent;
use crate::sync::{AtomicU64, Ordering};

/// A bucket whose state is one number: the position of the flow at which it will be full again.
///
/// All that has flowed in since the clock's origin is the *position*, in [units](Scale). Taking tokens
/// moves the position at which the bucket is full: from where it was, or from now if it is full. This
/// is GCRA with tokens for time: its "theoretical arrival time" is where the bucket is full. In
/// tokens nothing is rounded, whatever the rate.
///
/// With a flow that moves in steps, it is refilled by periods; with a burst of one step, it is a fixed
/// window. If tokens are granted only when the bucket is full, it is a leaky bucket.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bucket {
    scale: Scale,
    /// The burst, in units.
    depth: u64,
    /// Zero if the bucket is blocked.
    burst: u32,
    window: Duration,
    /// Whether a call is granted tokens only when the bucket is full.
    paced: bool,
}

impl Bucket {
    /// `burst` tokens at once.
    pub(crate) fn new(scale: Scale, burst: u32, window: Duration) -> Self {
        let depth = scale.units(burst);
        Self { scale, depth, burst, window, paced: false }
    }

    /// One call at once, while others that cost `burst` in all may be under way or wait.
    pub(crate) fn paced(scale: Scale, burst: u32, window: Duration) -> Self {
        Self { paced: true, ..Self::new(scale, burst, window) }
    }

    /// The same bucket, from which nothing can be taken.
    pub(crate) fn blocked(self) -> Self {
        Self { burst: 0, ..self }
    }

    #[inline]
    fn after(base: u64, cost: u64) -> u64 {
        base.saturating_add(cost).min(Self::QUEUED - 1)
    }

    /// How far ahead of the flow the position may be for a call with that cost to start.
    #[inline]
    fn tolerance(&self, cost: u64) -> u64 {
        self.depth - cost
    }

    /// How far behind the flow the position has to be for a call with that cost to start: a leaky
    /// bucket lets a call start with its last token, and its first ones flow before.
    fn lead(&self, cost: u64) -> u64 {
        if self.paced { cost - self.scale.units(1) } else { 0 }
    }

    /// The longest [`lead`](Self::lead).
    fn longest_lead(&self) -> u64 {
        self.lead(self.depth)
    }

    #[inline(never)]
    fn take_paced(&self, full: u64, now: Tick, cost: u64) -> Result<u64, Denied> {
        let (position, lead) = (self.scale.position(now), self.lead(cost));
        let free_at = full.saturating_add(lead);
        match full == Self::FULL || free_at <= position {
            true => Ok(Self::after(full.max(position.saturating_sub(lead)), cost)),
            false => Err(self.until(free_at)),
        }
    }

    /// Takes `cost` tokens from `count` if the flow is smooth and they are there, in as few steps as
    /// possible.
    ///
    /// # Errors
    /// If that cannot be done, with how much is missing if that is known.
    #[inline]
    pub(crate) fn pass(
        &self,
        count: &AtomicU64,
        now: Tick,
        cost: u32,
    ) -> Result<(), Option<Missing<'_>>> {
        if cost > self.burst || self.scale.is_stepped() || self.paced {
            return Err(None);
        }
        let (position, cost) = (self.scale.flow(now), self.scale.units(cost));
        let tolerance = self.tolerance(cost);
        let mut seen = count.load(Ordering::Relaxed);
        loop {
            // A queued state is too far away.
            let missing = seen.saturating_sub(position);
            if missing > tolerance {
                let until = seen - tolerance;
                return Err((seen != Self::QUEUED).then_some(Missing { meter: self, until }));
            }
            let after = position + missing + cost;
            // Nothing else is read or written on the strength of this number.
            match count.compare_exchange_weak(seen, after, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Ok(()),
                Err(other) => seen = other,
            }
        }
    }

    /// The denial until the flow is at `position`.
    #[inline]
    fn until(&self, position: u64) -> Denied {
        Denied::Until(self.reached(position))
    }

    /// The time at which the flow is at `position`; [`Tick::MAX`] for never.
    #[inline]
    fn reached(&self, position: u64) -> Tick {
        let at = self.scale.reached(position);
        if at > self.scale.last() { Tick::MAX } else { at }
    }
}

/// Too few tokens in a bucket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Missing<'m> {
    meter: &'m Bucket,
    /// The position of the flow at which there are enough.
    until: u64,
}

impl Missing<'_> {
    /// The time from which on there are enough; [`Tick::MAX`] for never.
    #[inline]
    pub(crate) fn until(self) -> Tick {
        self.meter.reached(self.until)
    }

    /// The most tokens that can be taken at once.
    #[inline]
    pub(crate) fn burst(self) -> u32 {
        self.meter.burst
    }
}

impl Meter for Bucket {
    type State = u64;

    const FULL: u64 = 0;

    const QUEUED: u64 = u64::MAX;

    #[inline]
    fn take(&self, full: u64, now: Tick, cost: u32) -> Result<u64, Denied> {
        if cost > self.burst {
            return Err(if self.burst == 0 { Denied::Blocked } else { Denied::CostAboveLimit });
        }
        let cost = self.scale.units(cost);
        if self.paced {
            return self.take_paced(full, now, cost);
        }
        let position = self.scale.position(now);
        let missing = full.saturating_sub(position);
        match missing <= self.tolerance(cost) {
            true => Ok(position + missing + cost),
            false => Err(self.until(full.saturating_sub(self.tolerance(cost)))),
        }
    }

    fn charge(&self, full: u64, now: Tick, cost: u32) -> u64 {
        Self::after(full.max(self.scale.position(now)), self.scale.units(cost))
    }

    /// What has flowed in since the tokens were taken is taken off: had they stayed in, the bucket
    /// might have been full since, and have lost as much. So each call that is kept still has the
    /// bucket full no sooner than it and all after it make it.
    fn give_back(&self, full: u64, now: Tick, cost: u32, since: Tick) -> u64 {
        let flowed = self.scale.position(now).saturating_sub(self.scale.position(since));
        full.saturating_sub(self.scale.units(cost).saturating_sub(flowed))
    }

    fn refund(&self, full: u64, _: Tick, cost: u32) -> u64 {
        full.saturating_sub(self.scale.units(cost))
    }

    fn left(&self, full: u64, now: Tick) -> KeyStatus {
        let position = self.scale.position(now);
        let reset_after = match full > position {
            true => self.scale.reached(full).since(now),
            false => Duration::ZERO,
        };
        let remaining = self.scale.tokens(self.depth.saturating_sub(full.saturating_sub(position)));
        let remaining = if self.burst == 0 { 0 } else { remaining };
        KeyStatus::full(now, self.burst.into(), self.window).with_remaining(remaining, reset_after)
    }

    fn is_used_up(&self, full: u64, now: Tick) -> bool {
        let missing = full.saturating_sub(self.scale.position(now));
        self.scale.tokens(self.depth.saturating_sub(missing)) == 0
    }

    fn is_full(&self, full: u64, now: Tick) -> bool {
        full.saturating_add(self.longest_lead()) <= self.scale.position(now) || full == Self::FULL
    }

    fn rank(&self, _: First, full: u64) -> u64 {
        full
    }

    fn rank_at(&self, first: First, now: Tick) -> u64 {
        let position = self.scale.position(now);
        match first {
            First::Idle => position.saturating_sub(self.longest_lead()),
            First::Usable => position + (self.depth - self.scale.units(1)),
        }
    }

    fn idle_at(&self, rank: u64) -> Tick {
        self.full_at(rank)
    }

    fn full_at(&self, full: u64) -> Tick {
        match full {
            Self::QUEUED => Tick::MAX,
            Self::FULL => Tick::ZERO,
            full => self.scale.reached(full.saturating_add(self.longest_lead())),
        }
    }

    fn spent(&self, full: u64, now: Tick) -> Spent {
        let missing = full.saturating_sub(self.scale.position(now));
        let level = missing.min(self.depth);
        Spent { level: self.scale.worth(level), debt: self.scale.worth(missing - level) }
    }

    fn restore(&self, worth: u128, now: Tick) -> u64 {
        match self.scale.units_worth(worth) {
            0 if !self.paced => Self::FULL,
            units => Self::after(self.scale.position(now), units),
        }
    }

    fn burst(&self) -> u32 {
        self.burst
    }

    fn full_burst(&self) -> u32 {
        u32::try_from(self.scale.tokens(self.depth)).unwrap_or(u32::MAX)
    }

    /// While a call waits the bucket is not full, so nothing that flows in is lost. But a call that
    /// needs a full bucket finds up to a nanosecond's flow more than that; and a step may be more than
    /// the bucket takes, or leave a rest that the next waiter cannot use.
    fn is_additive(&self, cost: u32) -> bool {
        match self.scale.is_stepped() {
            true => cost == 1 && self.scale.step() <= self.depth,
            false => cost < self.burst && !self.paced,
        }
    }

    fn after_waiters(&self, full: u64, total: u64) -> u64 {
        Self::after(full, self.scale.many_units(total))
    }

    #[inline]
    fn since(&self, start: Tick, cost: u32) -> Tick {
        if !self.paced {
            return start;
        }
        match self.lead(self.scale.units(cost)) {
            0 => start,
            lead => self.scale.reached(self.scale.position(start).saturating_sub(lead)),
        }
    }

    #[inline]
    fn late(&self, full: u64, now: Tick, cost: u32, until: Tick) -> Option<(u64, Tick)> {
        if !self.paced {
            return None;
        }
        let cost = self.scale.units(cost);
        let lead = self.lead(cost);
        if lead == 0 {
            return None;
        }
        let base = self.scale.position(now);
        if full > base {
            // It waits in the queue, where it moves up if a call before it leaves.
            return None;
        }
        let start = self.scale.reached(base.saturating_add(lead));
        (start > now && start <= until).then(|| (Self::after(base, cost), start))
    }

    fn room_at(&self, full: u64, cost: u32) -> Tick {
        match self.paced {
            true => {
                let after = full.saturating_add(self.scale.units(cost));
                self.scale.reached(after.saturating_sub(self.depth))
            }
            false => Tick::ZERO,
        }
    }

    /// A call in a leaky bucket waits by its nature, so it may come back when there is room to wait,
    /// and its start is near enough.
    fn retry_at(&self, full: u64, cost: u32, now: Tick, ready: Tick, until: Tick) -> Tick {
        if !self.paced {
            return ready;
        }
        let patience = until.since(now).as_nanos();
        let patience = u64::try_from(patience).unwrap_or(u64::MAX);
        let near = Tick::from_nanos(ready.as_nanos().saturating_sub(patience));
        near.max(self.room_at(full, cost))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_can_be_owed_at_the_end_of_time_is_still_a_state() {
        let second = Duration::from_secs(1);
        let bucket = Bucket::new(Scale::smooth(1, second), 1, second);
        let full = bucket.restore(u128::MAX, Tick::MAX);
        assert_eq!(full, Bucket::QUEUED - 1);
        assert_eq!(bucket.left(full, Tick::MAX).remaining, 0);
        assert_eq!(bucket.take(full, Tick::MAX, 1), Err(Denied::Until(Tick::MAX)));
    }
}
