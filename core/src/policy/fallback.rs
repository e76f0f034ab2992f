use std::time::Duration;

/// Says which ends of a call are replaced by something else: a value, or another call.
///
/// By default, all of them are: see [`run_or_else`](crate::GuardedVia::run_or_else).
///
/// Avoid a fallback that is unused in calm and has the whole load in an outage; and one that goes through
/// the same breaker, bulkhead or pool as the call that it replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fallback {
    /// True if refusals are replaced.
    pub refused: bool,
    /// True if calls that were cut are replaced.
    pub timed_out: bool,
    /// True if failures are replaced, other than overload.
    pub failed: bool,
    /// True if answers that the service is overloaded are replaced.
    pub overload: bool,
    /// The time that must be left until the call's deadline for the replacement to be started.
    /// Default: 10 ms.
    pub min: Duration,
}

impl Fallback {
    /// Creates a fallback for all ends.
    #[must_use]
    pub const fn new() -> Self {
        let min = Duration::from_millis(10);
        Self { refused: true, timed_out: true, failed: true, overload: true, min }
    }

    /// Sets whether refusals are replaced.
    #[must_use]
    pub const fn refused(mut self, replaces: bool) -> Self {
        self.refused = replaces;
        self
    }

    /// Sets whether calls that were cut are replaced.
    #[must_use]
    pub const fn timed_out(mut self, replaces: bool) -> Self {
        self.timed_out = replaces;
        self
    }

    /// Sets whether failures are replaced, other than overload.
    #[must_use]
    pub const fn failed(mut self, replaces: bool) -> Self {
        self.failed = replaces;
        self
    }

    /// Sets whether answers that the service is overloaded are replaced.
    #[must_use]
    pub const fn overload(mut self, replaces: bool) -> Self {
        self.overload = replaces;
        self
    }

    /// Sets the time that must be left until the call's deadline.
    #[must_use]
    pub const fn min(mut self, min: Duration) -> Self {
        self.min = min;
        self
    }
}

impl Default for Fallback {
    fn default() -> Self {
        Self::new()
    }
}
