use std::time::Duration;

use seawall_core::{Layer, Status, Verdict};

use crate::{State, Totals};

/// What there is to say about a circuit breaker.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BreakerStatus {
    /// Its state. An open circuit stays open until a call comes after its time is over.
    pub state: State,
    /// How long it has been in that state, restarts included; if it has never been in another, for as
    /// long as its clock has run.
    pub since: Duration,
    /// How often it has opened since it was last closed.
    pub attempt: u32,
    /// Failures that count for the rule of failures within a window.
    pub failures: usize,
    /// Failures in a row, if there is a rule about them.
    pub consecutive_failures: u32,
    /// The calls that rates are taken over, if there is a rule about rates.
    pub sample: Option<Sample>,
    /// Calls that have been under way for too long, if there is a rule about them; as of the last
    /// call.
    pub hung: u64,
    /// How long calls will still be refused at most, if they are and it is known.
    pub retry_after: Option<Duration>,
    /// What became of all calls.
    pub totals: Totals,
}

/// The calls that rates are taken over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sample {
    /// How many.
    pub calls: u64,
    /// How many of them failed.
    pub failures: u64,
    /// How many of them were slow.
    pub slow: u64,
    /// Are they enough for their rates to be known?
    pub is_enough: bool,
}

impl Sample {
    /// The part that failed, if it is known.
    #[must_use]
    pub fn failure_rate(&self) -> Option<f64> {
        self.rate(self.failures)
    }

    /// The part that was slow, if it is known.
    #[must_use]
    pub fn slow_rate(&self) -> Option<f64> {
        self.rate(self.slow)
    }

    #[allow(clippy::cast_precision_loss, reason = "for people")]
    fn rate(&self, some: u64) -> Option<f64> {
        (self.is_enough && self.calls > 0).then(|| some as f64 / self.calls as f64)
    }
}

impl BreakerStatus {
    pub(crate) fn into_status(self, layer: &Layer) -> Status {
        let mut status = Status::new(layer, self.state.as_str())
            .with_retry_after(self.retry_after)
            .with("failures_in_window", self.failures as u64);
        if let Some(sample) = self.sample {
            status = status
                .with("sample_calls", sample.calls)
                .with("sample_failures", sample.failures)
                .with("sample_slow", sample.slow);
        }
        let status =
            status.with("admitted", self.totals.admitted).with("refused", self.totals.refused);
        Verdict::ALL
            .into_iter()
            .fold(status, |status, verdict| {
                status.with(verdict.as_str(), self.totals.ended(verdict))
            })
            .with("late", self.totals.late)
    }
}
