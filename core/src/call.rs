use std::cell::Cell;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::time::{Span, Time};
use crate::{Change, Clock, Key, Tick};

/// A call that asks to be admitted, as a backend sees it.
#[derive(Debug)]
pub struct Call<'a> {
    time: Time<'a>,
    asked_at: Cell<Option<Tick>>,
    key: Option<Key<'a>>,
    cost: NonZeroU32,
    /// [`Tick::MAX`] if there is none.
    deadline: Tick,
    max_wait: Cell<Span>,
    change: Cell<Option<Change>>,
    /// A byte, since looking at the change itself takes longer.
    is_noted: Cell<bool>,
}

impl<'a> Call<'a> {
    /// Creates a call at a fixed time, without a key, that costs 1 token: for tests of backends.
    #[must_use]
    pub fn at(now: Tick) -> Self {
        Self::new(Time::fixed(now))
    }

    #[inline]
    pub(crate) fn on(clock: &'a Clock, read: Option<Tick>) -> Self {
        Self::new(Time::of(clock, read))
    }

    #[inline]
    fn new(time: Time<'a>) -> Self {
        Self {
            time,
            asked_at: Cell::new(None),
            key: None,
            cost: NonZeroU32::MIN,
            deadline: Tick::MAX,
            max_wait: Cell::new(Span::NONE),
            change: Cell::new(None),
            is_noted: Cell::new(false),
        }
    }

    /// Sets the key that the call is counted under.
    #[must_use]
    #[inline]
    pub fn with_key(mut self, key: Key<'a>) -> Self {
        self.key = Some(key);
        self
    }

    /// Sets the cost in tokens.
    #[must_use]
    #[inline]
    pub fn with_cost(mut self, cost: NonZeroU32) -> Self {
        self.cost = cost;
        self
    }

    /// Sets the time at which the call's time is over.
    #[must_use]
    #[inline]
    pub fn with_deadline(mut self, deadline: Tick) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets how long a layer may make the call wait; `None` leaves that to the layer.
    #[must_use]
    #[inline]
    pub fn with_max_wait(self, max_wait: Option<Duration>) -> Self {
        self.with_max_wait_span(Span::maybe(max_wait))
    }

    #[inline]
    pub(crate) fn with_max_wait_span(mut self, max_wait: Span) -> Self {
        self.max_wait = Cell::new(max_wait);
        self
    }

    /// Returns what was read of the clock so far, to go on with in another `Call`.
    pub(crate) fn times(&self) -> CallTimes {
        CallTimes { asked_at: self.asked_at.get(), read: self.time.read() }
    }

    pub(crate) fn with_times(self, times: CallTimes) -> Self {
        self.asked_at.set(times.asked_at);
        self.time.set(times.read);
        self
    }

    /// Returns the time that was read last, if any was and no wait came after it.
    #[inline]
    pub(crate) fn read(&self) -> Option<Tick> {
        self.time.read()
    }

    #[inline]
    pub(crate) fn clock(&self) -> Option<&'a Clock> {
        self.time.clock()
    }

    /// Returns the time. The clock is read at the first use, and again only after a wait.
    #[inline]
    #[must_use]
    pub fn now(&self) -> Tick {
        self.time.now()
    }

    /// Returns the time at which this layer was first asked to admit the call. It is earlier than
    /// [`Call::now`] only after [`Entry::AskAt`](crate::Entry::AskAt).
    #[must_use]
    pub fn asked_at(&self) -> Tick {
        self.asked_at.get().unwrap_or_else(|| self.now())
    }

    /// Returns the key, if the call has one.
    #[must_use]
    #[inline]
    pub fn key(&self) -> Option<Key<'a>> {
        self.key
    }

    /// Returns the cost in tokens.
    #[must_use]
    #[inline]
    pub fn cost(&self) -> NonZeroU32 {
        self.cost
    }

    /// Returns the time at which the call's time is over, if it has a deadline.
    #[must_use]
    #[inline]
    pub fn deadline(&self) -> Option<Tick> {
        (self.deadline != Tick::MAX).then_some(self.deadline)
    }

    /// Returns the time until which a layer may make this call wait: `wait` after it was first asked,
    /// or what the call says in place of that, and never later than the deadline.
    #[must_use]
    pub fn patience(&self, wait: Duration) -> Tick {
        let max_wait = self.max_wait.get();
        let wait = if max_wait.is_some() { max_wait } else { Span::new(wait) };
        wait.after(self.asked_at()).min(self.deadline)
    }

    /// Notes that the backend's state has changed because of this call. The driver emits the change;
    /// a second one replaces the first.
    pub fn note(&self, change: Change) {
        self.change.set(Some(change));
        self.is_noted.set(true);
    }

    /// Returns true if a change was noted.
    #[inline]
    pub(crate) fn is_noted(&self) -> bool {
        self.is_noted.get()
    }

    /// Takes the change that was noted, if there is one.
    pub fn take_change(&self) -> Option<Change> {
        self.is_noted.set(false);
        self.change.take()
    }

    /// Calls `ask`, meanwhile as a call that no layer may make wait. `ask` does not panic.
    pub(crate) fn at_once<R>(&self, ask: impl FnOnce() -> R) -> R {
        let max_wait = self.max_wait.replace(Span::ZERO);
        let asked = ask();
        self.max_wait.set(max_wait);
        asked
    }

    /// Reads the clock again, for the same layer.
    pub(crate) fn refresh(&mut self) {
        self.asked_at.set(Some(self.asked_at()));
        self.time.forget();
    }

    /// Turns to the next layer; the clock is read again only if the call has waited.
    pub(crate) fn next(&mut self, waited: bool) {
        self.asked_at.set(None);
        if waited {
            self.time.forget();
        }
    }
}

/// The times of a call that has to wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallTimes {
    asked_at: Option<Tick>,
    read: Option<Tick>,
}
