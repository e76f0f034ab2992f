use std::cell::Cell;
use std::time::Duration;

use crate::{Clock, Tick};

/// A time that is read from its clock at the first use, and then stays.
#[derive(Clone, Debug)]
pub(crate) struct Time<'a> {
    clock: Option<&'a Clock>,
    read: Cell<Option<Tick>>,
}

impl<'a> Time<'a> {
    #[inline]
    pub(crate) fn of(clock: &'a Clock, read: Option<Tick>) -> Self {
        Self { clock: Some(clock), read: Cell::new(read) }
    }

    #[inline]
    pub(crate) fn fixed(now: Tick) -> Self {
        Self { clock: None, read: Cell::new(Some(now)) }
    }

    /// The clock it is read from, unless it is fixed.
    #[inline]
    pub(crate) fn clock(&self) -> Option<&'a Clock> {
        self.clock
    }

    #[inline]
    pub(crate) fn now(&self) -> Tick {
        if let Some(now) = self.read.get() {
            return now;
        }
        let now = self.clock.map_or(Tick::ZERO, Clock::now);
        self.read.set(Some(now));
        now
    }

    /// Returns the time that was read, if it was.
    #[inline]
    pub(crate) fn read(&self) -> Option<Tick> {
        self.read.get()
    }

    /// Goes on with a time that was read before.
    pub(crate) fn set(&self, read: Option<Tick>) {
        self.read.set(read);
    }

    /// The next use reads the clock anew.
    pub(crate) fn forget(&mut self) {
        if self.clock.is_some() {
            self.read.set(None);
        }
    }
}

/// A length of time in nanoseconds, or no limit: one word, and one addition to a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span(u64);

impl Span {
    /// No limit.
    pub(crate) const NONE: Self = Self(u64::MAX);

    /// No time at all.
    pub(crate) const ZERO: Self = Self(0);

    /// A limit of `length`, at most 584 years.
    #[inline]
    pub(crate) fn new(length: Duration) -> Self {
        Self(u64::try_from(length.as_nanos()).unwrap_or(u64::MAX).min(u64::MAX - 1))
    }

    pub(crate) fn maybe(length: Option<Duration>) -> Self {
        length.map_or(Self::NONE, Self::new)
    }

    /// Returns true if there is a limit.
    #[inline]
    pub(crate) const fn is_some(self) -> bool {
        self.0 != u64::MAX
    }

    /// Returns the limit, if there is one.
    #[inline]
    pub(crate) fn get(self) -> Option<Duration> {
        self.is_some().then(|| Duration::from_nanos(self.0))
    }

    /// Returns the time at which the span that begins at `begun` is over; [`Tick::MAX`] if never.
    #[inline]
    pub(crate) const fn after(self, begun: Tick) -> Tick {
        Tick::from_nanos(begun.as_nanos().saturating_add(self.0))
    }
}
