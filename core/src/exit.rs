use std::cell::Cell;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::time::Time;
use crate::{Change, Clock, Tick, Verdict};

/// The end of an admitted call, as a backend sees it.
#[derive(Debug)]
pub struct Exit<'a> {
    time: Time<'a>,
    verdict: Verdict,
    timed_out: bool,
    #[cfg(feature = "pool")]
    discarded: bool,
    cost: NonZeroU32,
    retry_after: Option<Duration>,
    change: Cell<Option<Change>>,
    /// A byte, since looking at the change itself takes longer.
    is_noted: Cell<bool>,
}

impl<'a> Exit<'a> {
    /// Creates an end at a known time, for tests of backends.
    #[must_use]
    pub fn at(now: Tick, verdict: Verdict) -> Self {
        Self::new(Time::fixed(now), verdict)
    }

    #[inline]
    pub(crate) fn on(clock: &'a Clock, verdict: Verdict) -> Self {
        Self::new(Time::of(clock, None), verdict)
    }

    #[inline]
    fn new(time: Time<'a>, verdict: Verdict) -> Self {
        Self {
            time,
            verdict,
            timed_out: false,
            #[cfg(feature = "pool")]
            discarded: false,
            cost: NonZeroU32::MIN,
            retry_after: None,
            change: Cell::new(None),
            is_noted: Cell::new(false),
        }
    }

    #[inline]
    pub(crate) fn timed_out(mut self, timed_out: bool) -> Self {
        self.timed_out = timed_out;
        self
    }

    /// Sets whether the resource that the call used is to be closed, whatever the verdict.
    #[cfg(feature = "pool")]
    #[inline]
    #[must_use]
    pub fn discarding(mut self, discarded: bool) -> Self {
        self.discarded = discarded;
        self
    }

    /// Sets the cost of the call in tokens. Default: 1.
    #[must_use]
    #[inline]
    pub fn with_cost(mut self, cost: NonZeroU32) -> Self {
        self.cost = cost;
        self
    }

    /// Sets how long the service asked not to be called.
    #[inline]
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.retry_after = retry_after;
        self
    }

    /// Returns how long the service asked not to be called, if it did.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns the cost of the call in tokens.
    #[must_use]
    pub fn cost(&self) -> NonZeroU32 {
        self.cost
    }

    #[inline]
    pub(crate) fn clock(&self) -> Option<&'a Clock> {
        self.time.clock()
    }

    /// Returns the current time. The clock is read at the first use, once for all layers.
    #[inline]
    #[must_use]
    pub fn now(&self) -> Tick {
        self.time.now()
    }

    /// Returns how the call ended.
    #[inline]
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Returns true if the call was cut by its timeout; the verdict is then [`Verdict::Failure`].
    #[must_use]
    pub fn was_timed_out(&self) -> bool {
        self.timed_out
    }

    /// Returns true if the state of the resource that the call used is unknown, so that it must not be
    /// lent again: the use was cut, dropped or superseded, it panicked, or the borrower discarded it.
    #[cfg(feature = "pool")]
    #[inline]
    #[must_use]
    pub fn is_cut(&self) -> bool {
        let cut =
            matches!(self.verdict, Verdict::Abandoned | Verdict::Superseded | Verdict::Panicked);
        cut || self.timed_out || self.discarded
    }

    /// Reports that this end has changed the backend's state.
    pub fn note(&self, change: Change) {
        self.change.set(Some(change));
        self.is_noted.set(true);
    }

    /// Returns true if a change was noted.
    #[inline]
    pub(crate) fn is_noted(&self) -> bool {
        self.is_noted.get()
    }

    /// Takes the change that was noted, if any.
    pub fn take_change(&self) -> Option<Change> {
        self.is_noted.set(false);
        self.change.take()
    }
}
