use std::time::Duration;

use crate::{Clock, Tick};

/// The time until which an operation may run, and how long that is from its start.
#[derive(Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) until: Tick,
    pub(crate) length: Duration,
}

impl Limit {
    /// Returns the earlier of `timeout` from now and `deadline`.
    #[inline(always)]
    pub(crate) fn new(
        clock: &Clock,
        timeout: Option<Duration>,
        deadline: Option<Tick>,
    ) -> Option<Self> {
        match (timeout, deadline) {
            (None, None) => None,
            _ => Some(Self::earlier(clock, timeout, deadline)),
        }
    }

    fn earlier(clock: &Clock, timeout: Option<Duration>, deadline: Option<Tick>) -> Self {
        let now = clock.now();
        let until = timeout.map_or(Tick::MAX, |timeout| now + timeout);
        let until = deadline.map_or(until, |deadline| until.min(deadline));
        Self { until, length: until.since(now) }
    }

    /// Returns true if no time is left.
    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.length.is_zero()
    }
}
