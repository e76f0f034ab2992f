use std::time::Duration;

use crate::{Clock, Tick};

/// Until when an operation may run, and how long that is.
#[derive(Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) until: Tick,
    pub(crate) length: Duration,
}

impl Limit {
    /// The earlier of `timeout` from now and `deadline`.
    #[inline(always)]
    pub(crate) fn of(
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
}
