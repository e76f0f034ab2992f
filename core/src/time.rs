use std::cell::Cell;

use crate::{Clock, Tick};

/// A time that is read from its clock at the first use, and then stays.
#[derive(Debug)]
pub(crate) struct Time<'a> {
    clock: Option<&'a Clock>,
    read: Cell<Option<Tick>>,
}

impl<'a> Time<'a> {
    #[inline]
    pub(crate) fn of(clock: &'a Clock) -> Self {
        Self { clock: Some(clock), read: Cell::new(None) }
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

    /// The next use reads the clock anew.
    pub(crate) fn forget(&mut self) {
        if self.clock.is_some() {
            self.read.set(None);
        }
    }
}
