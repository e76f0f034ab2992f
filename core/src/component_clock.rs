use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::{Call, Clock, Exit, Tick};

/// The one clock that a component goes by, whichever driver leads its calls.
///
/// Ticks of two clocks do not compare. So a component settles on the clock of its first call, or on one
/// that it is given before that, and times everything by it: calls that a driver with another clock
/// leads, manual control and its status.
#[derive(Debug, Default)]
pub struct ComponentClock {
    clock: OnceLock<Clock>,
    /// The clock's [`Clock::id`], so that each call compares one word; 0 before it has settled.
    id: AtomicUsize,
}

impl ComponentClock {
    /// Creates one that has not settled on a clock yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { clock: OnceLock::new(), id: AtomicUsize::new(0) }
    }

    /// Returns the clock that it has settled on, if it has.
    #[inline]
    #[must_use]
    pub fn get(&self) -> Option<&Clock> {
        self.clock.get()
    }

    /// Settles on `clock`. Returns false if it had settled before, and then changes nothing.
    pub fn settle(&self, clock: &Clock) -> bool {
        let is_first = self.clock.set(clock.clone()).is_ok();
        if is_first {
            self.id.store(clock.id(), Ordering::Release);
        }
        is_first
    }

    /// Settles on the clock that `call` goes by, if it goes by one. Returns false if it had settled
    /// before or cannot.
    pub fn settle_by(&self, call: &Call<'_>) -> bool {
        call.clock().is_some_and(|clock| self.settle(clock))
    }

    /// Returns the time of `call` by this clock.
    #[inline]
    #[must_use]
    pub fn now_of(&self, call: &Call<'_>) -> Tick {
        if self.agrees(call.clock()) { call.now() } else { self.read() }
    }

    /// Returns the time of `exit` by this clock.
    #[inline]
    #[must_use]
    pub fn now_at(&self, exit: &Exit<'_>) -> Tick {
        if self.agrees(exit.clock()) { exit.now() } else { self.read() }
    }

    /// Returns true if times of `call` are times of this clock.
    #[inline]
    #[must_use]
    pub fn is_of(&self, call: &Call<'_>) -> bool {
        self.agrees(call.clock())
    }

    /// Returns true if times of `asked` are times of this clock. A call without a clock has a fixed
    /// time, which is taken as it is.
    #[inline(always)]
    fn agrees(&self, asked: Option<&Clock>) -> bool {
        let id = self.id.load(Ordering::Acquire);
        id == 0 || asked.is_none_or(|asked| asked.id() == id)
    }

    /// Reads the clock: out of line, as few calls go by another one.
    #[cold]
    #[inline(never)]
    fn read(&self) -> Tick {
        self.clock.get().map_or(Tick::ZERO, Clock::now)
    }
}
