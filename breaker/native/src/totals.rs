use seawall_core::{Status, Verdict};

use crate::stripes::Stripes;
use crate::sync::{AtomicU64, Ordering};

/// What became of all calls since the breaker was started.
///
/// The books close: once no call is under way, `admitted` is the sum of all verdicts and `late`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// Calls let through.
    pub admitted: u64,
    /// Calls refused.
    pub refused: u64,
    /// Calls that ended in time to count, by [`Verdict::index`].
    pub ended: [u64; Verdict::ALL.len()],
    /// Calls that ended when the circuit had moved on: they decide nothing.
    pub late: u64,
}

impl Totals {
    /// Calls that ended in time with `verdict`.
    #[must_use]
    pub const fn ended(&self, verdict: Verdict) -> u64 {
        self.ended[verdict.index()]
    }

    /// `status` with these as readings.
    pub(crate) fn add_to(&self, status: Status) -> Status {
        let status = status.with("admitted", self.admitted).with("refused", self.refused);
        Verdict::ALL
            .iter()
            .fold(status, |status, &verdict| status.with(verdict.as_str(), self.ended(verdict)))
            .with("late", self.late)
    }

    /// Has these and `others`.
    pub(crate) fn add(&mut self, others: &Self) {
        self.admitted += others.admitted;
        self.refused += others.refused;
        self.late += others.late;
        for (ended, other) in self.ended.iter_mut().zip(others.ended) {
            *ended += other;
        }
    }

    /// Calls that are under way.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        let ended: u64 = self.ended.iter().sum();
        self.admitted.saturating_sub(ended + self.late)
    }
}

/// The counters of ends; the stripes count successes.
#[derive(Debug)]
pub(crate) struct Counters {
    ended: [AtomicU64; Verdict::ALL.len()],
    late: AtomicU64,
}

impl Counters {
    pub(crate) fn new() -> Self {
        Self { ended: std::array::from_fn(|_| AtomicU64::new(0)), late: AtomicU64::new(0) }
    }

    /// An end that the stripes do not count.
    pub(crate) fn end(&self, verdict: Verdict) {
        self.ended[verdict.index()].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn late(&self) {
        self.late.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self, stripes: &Stripes) -> Totals {
        let mut ended = self.ended.each_ref().map(|count| count.load(Ordering::Relaxed));
        ended[Verdict::Success.index()] += stripes.successes();
        Totals {
            ended,
            late: self.late.load(Ordering::Relaxed),
            admitted: stripes.admitted(),
            refused: stripes.refused(),
        }
    }
}
