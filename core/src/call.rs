use std::cell::Cell;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::time::Time;
use crate::{Change, Clock, Key, Tick};

/// A call that asks to be let through: what a backend may know of it.
#[derive(Debug)]
pub struct Call<'a> {
    time: Time<'a>,
    asked_at: Cell<Option<Tick>>,
    key: Option<Key<'a>>,
    cost: NonZeroU32,
    deadline: Option<Tick>,
    max_wait: Option<Duration>,
    change: Cell<Option<Change>>,
}

impl<'a> Call<'a> {
    /// A call at a known time, without a key, that costs one: what a backend's own tests ask with.
    #[must_use]
    pub fn at(now: Tick) -> Self {
        Self::new(Time::fixed(now))
    }

    #[inline]
    pub(crate) fn on(clock: &'a Clock) -> Self {
        Self::new(Time::of(clock))
    }

    #[inline]
    fn new(time: Time<'a>) -> Self {
        Self {
            time,
            asked_at: Cell::new(None),
            key: None,
            cost: NonZeroU32::MIN,
            deadline: None,
            max_wait: None,
            change: Cell::new(None),
        }
    }

    /// With a key to be counted under.
    #[must_use]
    #[inline]
    pub fn with_key(mut self, key: Key<'a>) -> Self {
        self.key = Some(key);
        self
    }

    /// With a cost in tokens.
    #[must_use]
    #[inline]
    pub fn with_cost(mut self, cost: NonZeroU32) -> Self {
        self.cost = cost;
        self
    }

    /// With a time after which the answer is of no use.
    #[must_use]
    #[inline]
    pub fn with_deadline(mut self, deadline: Tick) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// With what the caller says of how long a layer may put it off.
    #[must_use]
    #[inline]
    pub fn with_max_wait(mut self, max_wait: Option<Duration>) -> Self {
        self.max_wait = max_wait;
        self
    }

    #[inline]
    pub(crate) fn clock(&self) -> Option<&'a Clock> {
        self.time.clock()
    }

    /// The time now. The clock is read at the first use and not again for this question.
    #[inline]
    #[must_use]
    pub fn now(&self) -> Tick {
        self.time.now()
    }

    /// When this layer was first asked to let the call through; earlier than [`Call::now`] only
    /// after [`Entry::AskAt`](crate::Entry::AskAt).
    #[must_use]
    pub fn asked_at(&self) -> Tick {
        self.asked_at.get().unwrap_or_else(|| self.now())
    }

    /// The key, if the caller gave one.
    #[must_use]
    #[inline]
    pub fn key(&self) -> Option<Key<'a>> {
        self.key
    }

    /// What the call costs, in tokens.
    #[must_use]
    #[inline]
    pub fn cost(&self) -> NonZeroU32 {
        self.cost
    }

    /// The time after which the answer is of no use.
    #[must_use]
    #[inline]
    pub fn deadline(&self) -> Option<Tick> {
        self.deadline
    }

    /// The last time to which a layer that waits at most `wait` may put this call off, where the
    /// caller does not say how long.
    #[must_use]
    pub fn patience(&self, wait: Duration) -> Tick {
        let patience = self.asked_at() + self.max_wait.unwrap_or(wait);
        self.deadline.map_or(patience, |deadline| deadline.min(patience))
    }

    /// Tells the driver that letting this call ask has changed the backend's state.
    pub fn note(&self, change: Change) {
        self.change.set(Some(change));
    }

    /// Takes what was noted.
    pub fn take_change(&self) -> Option<Change> {
        self.change.take()
    }

    /// Time has passed, and the same layer is asked or answers.
    pub(crate) fn refresh(&mut self) {
        self.asked_at.set(Some(self.asked_at()));
        self.time.forget();
    }

    /// The same call, asking the next layer; time has passed only if it had to wait.
    pub(crate) fn next(&mut self, waited: bool) {
        self.asked_at.set(None);
        if waited {
            self.time.forget();
        }
    }
}
