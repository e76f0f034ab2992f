use std::panic::Location;
use std::time::Duration;

use crate::driver::limit::Limit;
use crate::{Clock, Deadline, Tick};

/// The terms of a checkout.
///
/// A checkout that ends at once needs no time, so the clock is read only when it begins:
/// [`begun`](Self::begun).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Terms<'c> {
    clock: &'c Clock,
    /// The time by which it has to end, whenever it begins.
    until: Tick,
    /// The maximum time from its beginning, until that is fixed.
    patience: Duration,
    /// [`Tick::MAX`] if it has not begun.
    since: Tick,
    /// [`Tick::MAX`] if the use has no limit.
    use_until: Tick,
    /// Whether it may wait for a permit. If not, a pool without a free one refuses as full.
    pub may_wait: bool,
    /// The place in the code that asked, for reports of resources that do not come back.
    pub caller: &'static Location<'static>,
}

impl<'c> Terms<'c> {
    /// Creates the terms of a checkout with `deadline` that may wait for a permit.
    #[must_use]
    #[track_caller]
    pub const fn by(deadline: Deadline<'c>) -> Self {
        Self::new(deadline.clock(), deadline.at(), Duration::MAX, Location::caller())
    }

    /// Creates the terms of a checkout that takes at most `patience` and ends by `until`.
    #[inline]
    pub(super) const fn new(
        clock: &'c Clock,
        until: Tick,
        patience: Duration,
        caller: &'static Location<'static>,
    ) -> Self {
        let (since, use_until) = (Tick::MAX, Tick::MAX);
        Self { clock, until, patience, since, use_until, may_wait: true, caller }
    }

    /// Begins the checkout `now` and ends it by the end of `limit`; the use as well if `limits_use`.
    #[inline]
    pub(super) fn within(mut self, limit: Limit, now: Tick, limits_use: bool) -> Self {
        self.use_until = if limits_use { limit.until } else { Tick::MAX };
        self.until = limit.until;
        self.begin(now);
        self
    }

    /// Replaces the deadline by `until`: for pools that lend from another one.
    #[must_use]
    pub fn ending(self, until: Tick) -> Self {
        Self { until, ..self.begun() }
    }

    /// Refuses to wait for a permit.
    #[must_use]
    pub const fn without_waiting(mut self) -> Self {
        self.may_wait = false;
        self
    }

    /// Fixes the beginning of the checkout, and with it the deadline: now, unless it is known already.
    #[inline]
    #[must_use]
    pub fn begun(mut self) -> Self {
        if !self.has_begun() {
            self.begin(self.clock.now());
        }
        self
    }

    #[inline]
    fn has_begun(&self) -> bool {
        self.since != Tick::MAX
    }

    #[inline]
    fn begin(&mut self, now: Tick) {
        self.since = now;
        self.until = self.until.min(now + self.patience);
    }

    /// Returns the time at which it was asked for, if the driver has observers.
    #[inline]
    pub(super) fn asked(&self) -> Tick {
        self.since
    }

    /// Returns the time at which the checkout began: now, if it has not [begun](Self::begun).
    #[inline]
    #[must_use]
    pub fn since(&self) -> Tick {
        if self.has_begun() { self.since } else { self.clock.now() }
    }

    /// Returns the time by which the checkout has to end. If it has not [begun](Self::begun), it begins
    /// now.
    #[inline]
    #[must_use]
    pub fn deadline(&self) -> Deadline<'c> {
        Deadline::new(self.clock, self.begun().until)
    }

    /// Returns the time by which the use has to end too, if that has a limit. A waiter whose use cannot
    /// end in time need not be served.
    #[must_use]
    pub fn use_until(&self) -> Option<Tick> {
        (self.use_until != Tick::MAX).then_some(self.use_until)
    }

    /// Returns how long the checkout may still take.
    #[must_use]
    pub fn left(&self) -> Duration {
        if !self.has_begun() && self.until == Tick::MAX {
            return self.patience;
        }
        self.deadline().at().since(self.clock.now())
    }

    /// Returns the clock that the deadline goes by.
    #[must_use]
    pub const fn clock(&self) -> &'c Clock {
        self.clock
    }
}
