use crate::Status;
use crate::sync::{AtomicU64, Ordering};

/// What a policy would have done with calls where it is only observed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyObservations {
    /// Calls that took longer than an observed timeout.
    pub timeouts: u64,
    /// Attempts that an observed [`Retry`](super::Retry) would have made, had the budget allowed them.
    pub retries: u64,
    /// Copies that an observed [`Hedge`](super::Hedge) would have sent, had the budget allowed them.
    pub hedges: u64,
}

impl PolicyObservations {
    /// Returns `status` with a reading for each count that is not zero: `would_time_out`, `would_retry` and
    /// `would_hedge`.
    #[must_use]
    pub fn add_to(self, status: Status) -> Status {
        let Self { timeouts, retries, hedges } = self;
        let counts =
            [("would_time_out", timeouts), ("would_retry", retries), ("would_hedge", hedges)];
        let counts = counts.into_iter().filter(|(_, count)| *count > 0);
        counts.fold(status, |status, (name, count)| status.with_counter(name, count, "{call}"))
    }
}

/// Counts what an observed policy would have done, beside its timeouts.
#[derive(Debug, Default)]
pub(super) struct Observed {
    retries: AtomicU64,
    hedges: AtomicU64,
}

impl Observed {
    pub(super) fn note_retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn note_hedge(&self) {
        self.hedges.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn with_timeouts(&self, timeouts: u64) -> PolicyObservations {
        let [retries, hedges] =
            [&self.retries, &self.hedges].map(|count| count.load(Ordering::Relaxed));
        PolicyObservations { timeouts, retries, hedges }
    }
}
