use std::time::Duration;

use seawall_core::{Layer, Status};

use crate::machine::{Machine, Moment};
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
    pub consecutive_failures: Option<u32>,
    /// The calls that rates are taken over, if there is a rule about rates.
    pub sample: Option<Sample>,
    /// Calls that have been under way for too long, if there is a rule about them; as of the last
    /// call.
    pub hung: Option<u64>,
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

    /// The part that `some` are, in parts of a million, as readings are whole numbers.
    fn millionths(&self, some: u64) -> Option<u64> {
        let part = (u128::from(some) * 1_000_000).checked_div(self.calls.into())?;
        u64::try_from(part).ok().filter(|_| self.is_enough)
    }

    #[allow(clippy::cast_precision_loss, reason = "for people")]
    fn rate(&self, some: u64) -> Option<f64> {
        (self.is_enough && self.calls > 0).then(|| some as f64 / self.calls as f64)
    }
}

impl BreakerStatus {
    pub(crate) fn new(machine: &Machine, at: Moment, totals: Totals) -> Self {
        Self {
            state: machine.state(),
            since: machine.age(at.now),
            attempt: machine.attempt(),
            failures: machine.rules().failures(at.now),
            consecutive_failures: machine.rules().streak(),
            sample: machine.rules().sample(at.now, at.successes),
            hung: machine.rules().hung(),
            retry_after: machine.wait(at.now),
            totals,
        }
    }

    /// What a status page is told: the names are those of the fields, but `failures_in_window`; what
    /// is `None` is left out.
    pub(crate) fn into_status(self, layer: &Layer) -> Status {
        let status = Status::new(layer, self.state.as_str())
            .with_retry_after(self.retry_after)
            .with("since_ns", u64::try_from(self.since.as_nanos()).unwrap_or(u64::MAX))
            .with("attempt", self.attempt.into())
            .with("failures_in_window", self.failures as u64);
        let readings = [
            ("consecutive_failures", self.consecutive_failures.map(u64::from)),
            ("hung", self.hung),
            ("sample_calls", self.sample.map(|sample| sample.calls)),
            ("sample_failures", self.sample.map(|sample| sample.failures)),
            ("sample_slow", self.sample.map(|sample| sample.slow)),
            ("failure_rate_ppm", self.sample.and_then(|sample| sample.millionths(sample.failures))),
            ("slow_rate_ppm", self.sample.and_then(|sample| sample.millionths(sample.slow))),
        ];
        let status = readings.into_iter().fold(status, |status, (name, value)| match value {
            Some(value) => status.with(name, value),
            None => status,
        });
        self.totals.add_to(status)
    }
}
