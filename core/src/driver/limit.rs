use std::time::Duration;

use crate::time::Span;
use crate::{Clock, Tick};

/// From when until when an operation may run.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    pub(crate) until: Tick,
    begun: Tick,
}

impl Limit {
    /// Returns the earlier of `timeout` from now and `deadline`; `None` if neither is set.
    ///
    /// A timeout begins at the time that the layers `read`, if no layer made the call wait since: it
    /// saves a read of the clock. A deadline may have passed while the layers answered, so it does not.
    #[inline(always)]
    pub(crate) fn new(
        clock: &Clock,
        timeout: Span,
        deadline: Tick,
        read: Option<Tick>,
    ) -> Option<Self> {
        if !timeout.is_some() && deadline == Tick::MAX {
            return None;
        }
        let begun = match read {
            Some(now) if deadline == Tick::MAX => now,
            _ => clock.now(),
        };
        Some(Self { until: timeout.after(begun).min(deadline), begun })
    }

    /// Returns the limit of what begins at `begun` and may take `length`.
    #[cfg(feature = "pool")]
    pub(crate) fn new_at(begun: Tick, length: Duration) -> Self {
        Self { until: begun + length, begun }
    }

    /// Returns true if it has passed by now.
    #[cfg(feature = "pool")]
    pub(crate) fn has_passed(self, clock: &Clock) -> bool {
        clock.now() >= self.until
    }

    /// Returns true if there was no time left when it began.
    #[inline(always)]
    pub(crate) fn is_over(self) -> bool {
        self.begun >= self.until
    }

    pub(crate) fn length(self) -> Duration {
        self.until.since(self.begun)
    }
}
