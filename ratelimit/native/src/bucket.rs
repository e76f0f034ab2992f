use std::time::Duration;

use seawall_core::{KeyStatus, Tick};

use crate::meter::{Denied, First, Meter, Spent};
use crate::scale::Scale;
use crate::sync::{AtomicU64, Ordering};

/// A bucket, told by one number: the position of the flow at which it will be full again.
///
/// All that has flowed since the clock's origin is the *position*, in [units](Scale). Who takes
/// tokens moves the position at which the bucket is full: from where it was, or from now if it is
/// full. This is GCRA with tokens for time, as virtual scheduling has it: its "theoretical arrival
/// time" is where the bucket is full. In tokens nothing is rounded, whatever the rate.
///
/// A flow that moves in steps makes it a token bucket that is filled in portions, and with a burst
/// of one portion a fixed window. There, the number also has to tell whether someone waits for a later
/// step: see [`WAITED_FOR`]. With a tolerance of one token while more are let in to wait, it is
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

/// Someone waits for a step. Until then nobody goes at once, and what others give back who do not wait
/// is lost: if there was room for more than a portion, the position alone does not tell.
///
/// A token is two units or more, so where all come in whole tokens, the lowest bit is free.
const WAITED_FOR: u64 = 1;

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

    /// The position that a state tells.
    #[inline]
    fn place(&self, state: u64) -> u64 {
        if self.scale.is_stepped() { state & !WAITED_FOR } else { state }
    }

    /// The state of a bucket that is full at `full`, for the last step before which there may be
    /// someone waiting.
    fn state(&self, full: u64, may_wait: bool, position: u64) -> u64 {
        let waits = may_wait && self.scale.is_stepped() && self.scale.step_below(full) > position;
        if waits { full | WAITED_FOR } else { full }
    }

    /// Where the flow is when the last of those who wait is served; no further than now, if nobody
    /// waits.
    fn promised(&self, state: u64, position: u64) -> u64 {
        if self.scale.is_stepped() {
            return match state & WAITED_FOR {
                0 => position,
                _ => self.scale.step_below(self.place(state)).max(position),
            };
        }
        match state.checked_sub(self.tolerance) {
            Some(last) if last > position => self.scale.position(self.scale.reached(last)),
            _ => position,
        }
    }

    /// What a call does that can go at once, if the flow is smooth: takes `cost` tokens from `count`.
    /// Did it? If not, nothing is said of why.
    #[inline]
    pub(crate) fn pass(&self, count: &AtomicU64, now: Tick, cost: u32) -> bool {
        if cost > self.burst || self.scale.is_stepped() {
            return false;
        }
        let (position, cost) = (self.scale.flow(now), self.scale.units(cost));
        let mut seen = count.load(Ordering::Relaxed);
        // `NOWHERE` is too far away.
        while let Some(after) = self.take_at_once(seen, position, cost) {
            // Nothing else is read or written on the strength of this number.
            match count.compare_exchange_weak(seen, after, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(other) => seen = other,
            }
        }
        false
    }

    /// The state after `cost` was taken, if the flow is smooth and there is as much.
    #[inline]
    fn take_at_once(&self, full: u64, position: u64, cost: u64) -> Option<u64> {
        let missing = full.saturating_sub(position);
        (missing <= self.tolerance.checked_sub(cost)?).then(|| position + missing + cost)
    }

    /// Returns how far ahead of the flow the position may be with a token left.
    fn slack(&self) -> u64 {
        self.depth.saturating_sub(self.scale.units(1))
    }

    fn remaining(&self, state: u64, position: u64) -> u64 {
        let full = self.place(state);
        if full != state && self.promised(state, position) > position {
            // What is left is for nobody: who comes now goes behind those who wait.
            return 0;
        }
        self.scale.tokens(self.depth.saturating_sub(full.saturating_sub(position)))
    }

    /// Where all come as a period begins. Apart, so that a smooth flow need not ask for who waits.
    #[inline(never)]
    fn take_in_steps(
        &self,
        state: u64,
        now: Tick,
        cost: u64,
        until: Tick,
    ) -> Result<(u64, Tick), Denied> {
        let position = self.scale.position(now);
        let after = Self::after(self.place(state).max(position), cost);
        if after - position <= self.tolerance && self.promised(state, position) <= position {
            return Ok((after, now));
        }
        self.take_later(state, now, cost, until)
    }

    #[cold]
    fn take_later(
        &self,
        state: u64,
        now: Tick,
        cost: u64,
        until: Tick,
    ) -> Result<(u64, Tick), Denied> {
        let position = self.scale.position(now);
        let full = self.place(state);
        let after = Self::after(full.max(position), cost);
        // Later, times are not told apart any more.
        let until = until.min(self.scale.last());
        // Counted from zero, so that it is the same at any time, however positions are rounded.
        let own_wait = self.scale.reached(self.lead(cost)).since(Tick::ZERO);
        if now + own_wait > until.max(now) {
            return Err(Denied::Never);
        }
        let enough = after.saturating_sub(self.tolerance);
        let ready = self.scale.reached(match self.scale.is_stepped() {
            true => enough.max(self.promised(state, position)),
            false => enough,
        });
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
        Ok((self.state(Self::after(full.max(there), cost), true, position), ready))
    }
}

impl Meter for Bucket {
    type State = u64;

    const FULL: u64 = 0;

    #[inline]
    fn take(&self, state: u64, now: Tick, cost: u32, until: Tick) -> Result<(u64, Tick), Denied> {
        if cost > self.burst {
            return Err(Denied::Never);
        }
        let cost = self.scale.units(cost);
        if self.scale.is_stepped() {
            return self.take_in_steps(state, now, cost, until);
        }
        match self.take_at_once(state, self.scale.flow(now), cost) {
            Some(after) => Ok((after, now)),
            None => self.take_later(state, now, cost, until),
        }
    }

    /// Given back is what is left of the tokens once the flow since they were there to be used is
    /// taken off: had they stayed in, the bucket might have been full since, and have lost as much.
    /// And nothing, if others wait behind: they have been told their times, and if newcomers took
    /// what is given back, too many would come then. The rule of Go's `x/time/rate`, but that it
    /// knows by when the last of them will be served.
    ///
    /// With this, whatever is taken and given back in whatever order: for each call that is kept, the
    /// bucket is full no sooner than that call and all after it make it from the time it runs.
    fn give_back(&self, state: u64, now: Tick, cost: u32, ready: Tick) -> u64 {
        let cost = self.scale.units(cost);
        let (position, there) = (self.scale.position(now), self.scale.position(ready));
        let last = self.promised(state, position);
        let lost = match last > position {
            true if there >= last => 0,
            true => cost,
            false => {
                let taken = there.saturating_sub(self.lead(cost));
                position.saturating_sub(taken)
            }
        };
        let full = self.place(state).saturating_sub(cost.saturating_sub(lost));
        self.state(full, last > position, position)
    }

    fn refund(&self, state: u64, now: Tick, cost: u32) -> u64 {
        let position = self.scale.position(now);
        let full = self.place(state).saturating_sub(self.scale.units(cost));
        self.state(full, self.promised(state, position) > position, position)
    }

    fn left(&self, state: u64, now: Tick) -> KeyStatus {
        let (full, position) = (self.place(state), self.scale.position(now));
        let reset_after = match full > position {
            true => self.scale.reached(full).since(now),
            false => Duration::ZERO,
        };
        let remaining = self.remaining(state, position);
        KeyStatus::full(now, self.burst.into(), self.window).with_remaining(remaining, reset_after)
    }

    fn is_used_up(&self, state: u64, now: Tick) -> bool {
        self.remaining(state, self.scale.position(now)) == 0
    }

    fn is_full(&self, state: u64, now: Tick) -> bool {
        self.place(state) <= self.scale.position(now)
    }

    fn rank(&self, first: First, state: u64) -> u64 {
        let full = self.place(state);
        match first {
            First::Usable if full != state => full.max(self.scale.step_below(full) + self.slack()),
            First::Idle | First::Usable => full,
        }
    }

    fn rank_at(&self, first: First, now: Tick) -> u64 {
        let position = self.scale.position(now);
        match first {
            First::Idle => position,
            First::Usable => position + self.slack(),
        }
    }

    fn idle_at(&self, rank: u64) -> Tick {
        self.scale.reached(rank)
    }

    fn full_at(&self, state: u64) -> Tick {
        self.scale.reached(self.place(state))
    }

    fn spent(&self, state: u64, now: Tick) -> Spent {
        let missing = self.place(state).saturating_sub(self.scale.position(now));
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
