use std::time::Duration;

use seawall_core::Interest;

use crate::Retention;

/// How a [`JournalWriter`](crate::JournalWriter) writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct WriterOptions {
    pub(crate) interest: Interest,
    pub(crate) room_for_changes: usize,
    pub(crate) room_for_calls: usize,
    pub(crate) batch: usize,
    pub(crate) every: Duration,
    pub(crate) retention: Retention,
}

impl WriterOptions {
    /// Creates the defaults: changes and refusals; room for 4,096 changes and 65,536 events of calls;
    /// batches of at most 4,096, written 100 ms after their first event at the latest; thirty days and
    /// 1 GiB are kept.
    pub const fn new() -> Self {
        Self {
            interest: Interest::Refusals,
            room_for_changes: 4096,
            room_for_calls: 65_536,
            batch: 4096,
            every: Duration::from_millis(100),
            retention: Retention::everything()
                .max_age(Duration::from_secs(30 * 24 * 3600))
                .max_bytes(1 << 30),
        }
    }

    /// Sets which events are written.
    pub const fn interest(mut self, interest: Interest) -> Self {
        self.interest = interest;
        self
    }

    /// Sets how many changes and how many events of calls may wait; 1 at least. While they cannot be
    /// written, the oldest are removed from three quarters of that on: at least 11 sixteenths are kept.
    pub const fn room(mut self, changes: usize, calls: usize) -> Self {
        (self.room_for_changes, self.room_for_calls) = (changes, calls);
        self
    }

    /// Sets the largest number of events that are written at once, 1 at least, and the time that an event
    /// waits for others at most.
    pub const fn batches(mut self, events: usize, every: Duration) -> Self {
        self.batch = if events == 0 { 1 } else { events };
        self.every = every;
        self
    }

    /// Sets what is kept. The oldest records are removed once a minute.
    pub const fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self::new()
    }
}
