use crate::{Counter, Status, StripedCounters, Verdict};

/// The call statistics of a backend: how many calls it admitted and refused, and how the admitted
/// ones ended. Once no call is in flight, `admitted` is the sum of all verdicts.
///
/// Counts are kept per thread, so that threads do not contend: see [`StripedCounters`].
#[derive(Debug, Default)]
pub struct CallStats(StripedCounters<Counters>);

#[derive(Debug, Default)]
struct Counters {
    /// Calls admitted and ended in one step, which `admitted` and `ended` do not include.
    passed: Counter,
    admitted: Counter,
    refused: Counter,
    ended: [Counter; Verdict::ALL.len()],
}

impl CallStats {
    /// Creates statistics that are all zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts a call as admitted.
    #[inline]
    pub fn admit(&self) {
        self.0.local().add(|counters| &counters.admitted);
    }

    /// Counts a call as admitted and ended as a success: [`admit`](Self::admit) and
    /// [`end`](Self::end) in one step, for calls that run nothing.
    #[inline]
    pub fn pass(&self) {
        self.0.local().add(|counters| &counters.passed);
    }

    /// Counts a call as refused.
    #[inline]
    pub fn refuse(&self) {
        self.0.local().add(|counters| &counters.refused);
    }

    /// Counts the end of an admitted call.
    #[inline]
    pub fn end(&self, verdict: Verdict) {
        self.0.local().add(|counters| &counters.ended[verdict.index()]);
    }

    /// Adds these readings to `status`: `admitted`, `refused`, and one per verdict.
    #[must_use]
    pub fn add_to(&self, status: Status) -> Status {
        let passed = self.0.sum(|counters| counters.passed.get());
        let status = status
            .with_counter(
                "admitted",
                passed + self.0.sum(|counters| counters.admitted.get()),
                "{call}",
            )
            .with_counter("refused", self.0.sum(|counters| counters.refused.get()), "{call}");
        Verdict::ALL.iter().fold(status, |status, &verdict| {
            let ended = self.0.sum(|counters| counters.ended[verdict.index()].get());
            let passed = if verdict == Verdict::Success { passed } else { 0 };
            status.with_counter(verdict.as_str(), passed + ended, "{call}")
        })
    }
}
