use std::time::Duration;

use seawall_core::{Layer, Status};

use crate::{CallStats, Sample, State};

/// The status of one circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BreakerStatus {
    /// The state. It changes only with a call or by manual control: an open circuit that is not called
    /// stays open after its time is over. See [`is_due`](Self::is_due).
    pub state: State,
    /// True if the next call finds the circuit in another state, or becomes a probe: an open circuit
    /// whose time is over, one that heals, a half-open one with a probe to spare, or a ramp that is
    /// over. A load balancer that sends nothing to open circuits sends a call to one that is due.
    pub is_due: bool,
    /// Time in that state, restarts included. For a circuit that was never in another state, the time
    /// that its clock has run.
    pub since: Duration,
    /// Number of times that the circuit has opened since it was last closed.
    pub attempt: u32,
    /// Number of failures within the window, for the rule of failures within a window.
    pub failures: usize,
    /// Number of consecutive failures, if there is a rule about them.
    pub consecutive_failures: Option<u32>,
    /// Number of failures among the last calls, if there is a rule about them.
    pub recent_failures: Option<u32>,
    /// The calls that rates are taken over, if there is a rule about rates. Empty in a state that
    /// counts no calls: open, half-open, forced open and disabled.
    pub sample: Option<Sample>,
    /// Number of calls in flight for longer than `slow_call`, if there is a rule about them. As of the
    /// last call.
    pub hung: Option<u64>,
    /// Time until a retry may be admitted, if calls are refused and it is known. Zero if
    /// [`is_due`](Self::is_due).
    pub retry_after: Option<Duration>,
    /// Numbers of all calls.
    pub calls: CallStats,
}

impl BreakerStatus {
    /// Returns this as a status page has it. Readings are named as the fields are, except `failures`,
    /// which is a verdict there.
    pub(crate) fn into_status(self, layer: &Layer) -> Status {
        let status = Status::new(layer, self.state.as_str())
            .with_retry_after(self.retry_after)
            .with_gauge("is_due", self.is_due.into(), "{circuit}")
            .with_gauge("since_ns", u64::try_from(self.since.as_nanos()).unwrap_or(u64::MAX), "ns")
            .with_gauge("attempt", self.attempt.into(), "{attempt}")
            .with_gauge("failures_in_window", self.failures as u64, "{call}");
        let sample = self.sample.as_ref();
        let readings = [
            ("consecutive_failures", "{call}", self.consecutive_failures.map(u64::from)),
            ("recent_failures", "{call}", self.recent_failures.map(u64::from)),
            ("hung", "{call}", self.hung),
            ("sample_calls", "{call}", sample.map(|sample| sample.calls)),
            ("sample_failures", "{call}", sample.map(|sample| sample.failures)),
            ("sample_slow", "{call}", sample.map(|sample| sample.slow)),
            (
                "failure_rate_ppm",
                "[ppm]",
                sample.and_then(|sample| sample.millionths(sample.failures)),
            ),
            ("slow_rate_ppm", "[ppm]", sample.and_then(|sample| sample.millionths(sample.slow))),
        ];
        let known =
            readings.into_iter().filter_map(|(name, unit, value)| Some((name, unit, value?)));
        let status =
            known.fold(status, |status, (name, unit, value)| status.with_gauge(name, value, unit));
        self.calls.add_to(status)
    }
}
