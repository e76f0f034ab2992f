use std::cell::Cell;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::time::Time;
use crate::{Change, Clock, Tick, Verdict};

/// The end of an admitted call: what a backend may know of it.
#[derive(Debug)]
pub struct Exit<'a> {
    time: Time<'a>,
    verdict: Verdict,
    timed_out: bool,
    cost: NonZeroU32,
    retry_after: Option<Duration>,
    change: Cell<Option<Change>>,
}

impl<'a> Exit<'a> {
    /// An end at a known time: what a backend's own tests report with.
    #[must_use]
    pub fn at(now: Tick, verdict: Verdict) -> Self {
        Self::new(Time::fixed(now), verdict)
    }

    #[inline]
    pub(crate) fn on(clock: &'a Clock, verdict: Verdict) -> Self {
        Self::new(Time::of(clock), verdict)
    }

    #[inline]
    fn new(time: Time<'a>, verdict: Verdict) -> Self {
        Self {
            time,
            verdict,
            timed_out: false,
            cost: NonZeroU32::MIN,
            retry_after: None,
            change: Cell::new(None),
        }
    }

    #[inline]
    pub(crate) fn timed_out(mut self, timed_out: bool) -> Self {
        self.timed_out = timed_out;
        self
    }

    /// With what the call cost, in tokens; one if nothing is said.
    #[must_use]
    #[inline]
    pub fn with_cost(mut self, cost: NonZeroU32) -> Self {
        self.cost = cost;
        self
    }

    /// With how long what was called wants to be left alone.
    #[inline]
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.retry_after = retry_after;
        self
    }

    /// How long what was called wants to be left alone, if it said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// What the call cost, in tokens.
    #[must_use]
    pub fn cost(&self) -> NonZeroU32 {
        self.cost
    }

    #[inline]
    pub(crate) fn clock(&self) -> Option<&'a Clock> {
        self.time.clock()
    }

    /// The time now. The clock is read at the first use and once for all layers.
    #[inline]
    #[must_use]
    pub fn now(&self) -> Tick {
        self.time.now()
    }

    /// How the call ended.
    #[inline]
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Was it cut by its timeout? Then the verdict is [`Verdict::Failure`].
    #[must_use]
    pub fn was_timed_out(&self) -> bool {
        self.timed_out
    }

    /// Tells the driver that this end has changed the backend's state.
    pub fn note(&self, change: Change) {
        self.change.set(Some(change));
    }

    /// Takes what was noted.
    pub fn take_change(&self) -> Option<Change> {
        self.change.take()
    }
}
