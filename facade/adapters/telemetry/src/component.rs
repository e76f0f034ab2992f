//! What is read of the status of a component.

use seawall_core::{Component, Status, Verdict};

use crate::attribute::{
    Attribute, Attributes, CONNECTION_STATE, KIND, NAMESPACE, OUTCOME, PIPELINE, REASON, STATE,
    TARGET, fixed, named, of_layer,
};
use crate::table as all;
use crate::{Instrument, Sample};

/// The states of a circuit.
pub const CIRCUIT_STATES: [&str; 7] =
    ["closed", "open", "half_open", "recovering", "forced_open", "disabled", "observing"];

/// Names of the readings of connections that were closed, with their reason.
const CLOSED: [(&str, &str); 10] = [
    ("closed_broken", "broken"),
    ("closed_failed_check", "failed_check"),
    ("closed_cut_check", "cut_check"),
    ("closed_suspect", "suspect"),
    ("closed_abandoned", "abandoned"),
    ("closed_too_old", "too_old"),
    ("closed_idle_too_long", "idle_too_long"),
    ("closed_surplus", "surplus"),
    ("closed_removed", "removed"),
    ("closed_shut_down", "shut_down"),
];

/// Reads the series of one component.
pub(crate) fn samples(status: &Status) -> Vec<Sample> {
    let mut samples = Samples { status, all: Vec::new() };
    match status.layer.component() {
        Component::CircuitBreaker => samples.breaker(),
        Component::RateLimiter => samples.rate_limiter(),
        Component::Bulkhead => samples.bulkhead(),
        Component::ConnectionPool => samples.pool(),
        Component::Budget => samples.budget(),
        Component::Infrastructure => samples.settings(),
        Component::Protection => samples.limits(),
        Component::Store => samples.store(),
        _ => {}
    }
    samples.all
}

struct Samples<'s> {
    status: &'s Status,
    all: Vec<Sample>,
}

impl Samples<'_> {
    fn base(&self) -> Attributes {
        of_layer(&self.status.layer, self.status.namespace.as_deref())
    }

    fn add(&mut self, instrument: &'static Instrument, value: u64, more: Option<Attribute>) {
        let attributes = self.base().into_iter().chain(more).collect();
        self.all.push(Sample::count(instrument, value, attributes));
    }

    /// Adds a reading, if the component has it.
    fn read(&mut self, instrument: &'static Instrument, reading: &str, more: Option<Attribute>) {
        if let Some(value) = self.status.reading(reading) {
            self.add(instrument, value, more);
        }
    }

    /// Adds a reading of which one is `unit` in the status.
    fn scaled(&mut self, instrument: &'static Instrument, reading: &str, unit: f64) {
        if let Some(value) = self.status.reading(reading) {
            self.add(instrument, value, None);
            self.all.last_mut().expect("it was added").value *= unit;
        }
    }

    fn calls(&mut self) {
        let verdicts = Verdict::ALL.iter().map(|verdict| verdict.as_str());
        for outcome in verdicts.chain(["late", "refused"]) {
            self.read(&all::LAYER_CALLS, outcome, Some(fixed(OUTCOME, outcome)));
        }
        for kind in ["would_refuse", "would_admit"] {
            self.read(&all::SHADOW, kind, Some(fixed(KIND, kind)));
        }
    }

    fn breaker(&mut self) {
        self.calls();
        self.in_store();
        self.scaled(&all::BREAKER_FAILURE_RATE, "failure_rate_ppm", 1e-6);
        self.scaled(&all::BREAKER_SLOW_RATE, "slow_rate_ppm", 1e-6);
        if self.status.reading("keys").is_some() {
            for state in CIRCUIT_STATES {
                self.read(&all::CIRCUITS, state, Some(fixed(STATE, state)));
            }
            return;
        }
        let is_obeyed = self.status.reading("enforced") != Some(0);
        let in_state = match self.status.state {
            // An alarm about circuits that refuse calls is not about this one.
            state if is_obeyed || state == "off" => state,
            _ => "observing",
        };
        let other = Some(in_state).filter(|state| !CIRCUIT_STATES.contains(state));
        for state in CIRCUIT_STATES.into_iter().chain(other) {
            let is_in = u64::from(state == in_state);
            self.add(&all::BREAKER_STATE, is_in, Some(fixed(STATE, state)));
        }
    }

    fn rate_limiter(&mut self) {
        self.calls();
        self.in_store();
        self.read(&all::RATE_LEASED, "leased", None);
        self.read(&all::RATE_DENIED, "denied", None);
        self.read(&all::RATE_PASSED, "passed_without_store", None);
        self.read(&all::RATE_ROUND_TRIPS, "round_trips", None);
        self.read(&all::RATE_KEYS, "keys", None);
        if self.status.reading("keys").unwrap_or(0) == 0 {
            self.read(&all::RATE_LIMIT, "limit", None);
            self.read(&all::RATE_REMAINING, "remaining", None);
        }
    }

    fn bulkhead(&mut self) {
        self.calls();
        self.in_store();
        self.read(&all::CONCURRENCY_SHARED, "shared_max", None);
        self.read(&all::CONCURRENCY_LIMIT, "max_concurrent", None);
        self.read(&all::CONCURRENCY_IN_FLIGHT, "running", None);
        self.read(&all::CONCURRENCY_QUEUED, "waiting", None);
    }

    /// Adds whether the store answers, of a component that is in one.
    fn in_store(&mut self) {
        if let Some(connected) = self.status.reading("connected") {
            self.add(&all::DEGRADED, u64::from(connected == 0), None);
        }
    }

    fn store(&mut self) {
        self.in_store();
        let failed = self.status.reading("failed_round_trips").unwrap_or(0);
        if let Some(ended) = self.status.reading("round_trips") {
            let succeeded = ended.saturating_sub(failed);
            self.add(&all::STORE_ROUND_TRIPS, succeeded, Some(fixed(OUTCOME, "success")));
            self.add(&all::STORE_ROUND_TRIPS, failed, Some(fixed(OUTCOME, "failure")));
        }
        if self.status.reading("round_trip") > Some(0) {
            self.scaled(&all::STORE_LATENCY, "round_trip", 1e-6);
        }
        self.read(&all::STORE_WARNINGS, "warnings", None);
    }

    fn pool(&mut self) {
        self.add(&all::DEGRADED, u64::from(self.status.state == "degraded"), None);
        self.read(&all::POOL_COUNT, "idle", Some(fixed(CONNECTION_STATE, "idle")));
        self.read(&all::POOL_COUNT, "borrowed", Some(fixed(CONNECTION_STATE, "used")));
        if let Some(max) = self.status.reading("max") {
            let overflow = self.status.reading("max_overflow").unwrap_or(0);
            self.add(&all::POOL_MAX, max + overflow, None);
            self.add(&all::POOL_IDLE_MAX, max, None);
        }
        self.read(&all::POOL_IDLE_MIN, "min_idle", None);
        self.read(&all::POOL_PENDING, "waiting", None);
        self.read(&all::POOL_CREATED, "created", None);
        self.read(&all::POOL_FAILED, "failed_connects", None);
        for (reading, reason) in CLOSED {
            self.read(&all::POOL_CLOSED, reading, Some(fixed(REASON, reason)));
        }
    }

    fn budget(&mut self) {
        self.named(&all::RETRY_BUDGET, "balance", 1.0, Some(TARGET));
    }

    fn limits(&mut self) {
        self.named(&all::TIMEOUT_LIMIT, "timeout_ns", 1e-9, Some(PIPELINE));
        self.named(&all::HEDGE_DELAY, "hedge_delay_ns", 1e-9, Some(PIPELINE));
        for kind in ["would_time_out", "would_retry", "would_hedge"] {
            self.read(&all::SHADOW, kind, Some(fixed(KIND, kind)));
        }
    }

    fn settings(&mut self) {
        self.named(&all::CONFIG_VERSION, "version", 1.0, None);
        self.named(&all::CONFIG_STALE, "stale_ns", 1e-9, None);
    }

    /// Adds a reading of what is no layer, whose name is an attribute of its own or none.
    fn named(
        &mut self,
        instrument: &'static Instrument,
        reading: &str,
        unit: f64,
        name: Option<&'static str>,
    ) {
        let Some(value) = self.status.reading(reading) else { return };
        let name = name.map(|name| named(name, self.status.layer.name()));
        let namespace = self.status.namespace.as_deref();
        let namespace = namespace.map(|namespace| named(NAMESPACE, namespace));
        let attributes = name.into_iter().chain(namespace).collect();
        let mut sample = Sample::count(instrument, value, attributes);
        sample.value *= unit;
        self.all.push(sample);
    }
}
