use std::time::Duration;

use seawall_core::{Layer, Status, Tick, Verdict};

use crate::{State, Totals};

/// What there is to say about a circuit breaker.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BreakerStatus {
    /// Its state. An open circuit stays open until a call comes after its time is over.
    pub state: State,
    /// Since when it has been in that state.
    pub since: Tick,
    /// Failures that count now, if the circuit is closed.
    pub failures: usize,
    /// How long calls will still be refused, if they are: until the next probe may go, at the
    /// latest.
    pub retry_after: Option<Duration>,
    /// What became of all calls.
    pub totals: Totals,
}

impl BreakerStatus {
    pub(crate) fn into_status(self, layer: &Layer) -> Status {
        let status = Status::new(layer, self.state.as_str())
            .with_retry_after(self.retry_after)
            .with("failures_in_window", self.failures as u64)
            .with("admitted", self.totals.admitted)
            .with("refused", self.totals.refused);
        Verdict::ALL
            .into_iter()
            .fold(status, |status, verdict| {
                status.with(verdict.as_str(), self.totals.ended(verdict))
            })
            .with("late", self.totals.late)
    }
}
