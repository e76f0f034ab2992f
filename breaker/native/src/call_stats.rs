use seawall_core::{Status, Verdict};

use crate::stripes::Stripes;
use crate::sync::{AtomicU64, Ordering};

/// Numbers of all calls since the breaker was started.
///
/// Once no call is in flight, `admitted` is the sum of all verdicts and `late`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallStats {
    /// Calls that were admitted.
    pub admitted: u64,
    /// Calls that were refused.
    pub refused: u64,
    /// Calls that ended after their generation of the circuit was over, which decide nothing.
    pub late: u64,
    ended: [u64; Verdict::ALL.len()],
}

impl CallStats {
    /// Returns the number of calls that ended in time with `verdict`.
    #[must_use]
    pub const fn ended(&self, verdict: Verdict) -> u64 {
        self.ended[verdict.index()]
    }

    /// Returns the number of calls in flight.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        let ended: u64 = self.ended.iter().sum();
        self.admitted.saturating_sub(ended + self.late)
    }

    /// Counts a call that ended in time.
    pub(crate) fn end(&mut self, verdict: Verdict) {
        self.ended[verdict.index()] += 1;
    }

    /// Returns `status` with these as readings.
    pub(crate) fn add_to(&self, status: Status) -> Status {
        let status = status.with_counter("admitted", self.admitted, "{call}").with_counter(
            "refused",
            self.refused,
            "{call}",
        );
        Verdict::ALL
            .iter()
            .fold(status, |status, &verdict| {
                status.with_counter(verdict.as_str(), self.ended(verdict), "{call}")
            })
            .with_counter("late", self.late, "{call}")
    }

    /// Adds the numbers of `others`.
    pub(crate) fn add(&mut self, others: &Self) {
        self.admitted += others.admitted;
        self.refused += others.refused;
        self.late += others.late;
        for (ended, other) in self.ended.iter_mut().zip(others.ended) {
            *ended += other;
        }
    }
}

/// Counters of calls that ended, except the successes, which the stripes count.
#[derive(Debug)]
pub(crate) struct Counters {
    ended: [AtomicU64; Verdict::ALL.len()],
    late: AtomicU64,
}

impl Counters {
    pub(crate) fn new() -> Self {
        Self { ended: std::array::from_fn(|_| AtomicU64::new(0)), late: AtomicU64::new(0) }
    }

    /// Counts a call that ended in time and is no success.
    pub(crate) fn end(&self, verdict: Verdict) {
        self.ended[verdict.index()].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn late(&self) {
        self.late.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self, stripes: &Stripes) -> CallStats {
        let mut ended = self.ended.each_ref().map(|count| count.load(Ordering::Relaxed));
        ended[Verdict::Success.index()] += stripes.successes();
        CallStats {
            ended,
            late: self.late.load(Ordering::Relaxed),
            admitted: stripes.admitted(),
            refused: stripes.refused(),
        }
    }
}
