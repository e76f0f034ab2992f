//! What is read of the status of a component.

use std::borrow::Cow;

use seawall_core::{Component, Status, Verdict};

use crate::attribute::{
    Attribute, Attributes, CONNECTION_STATE, KIND, OUTCOME, REASON, STATE, TARGET, fixed, named,
    of_layer,
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
        self.scaled(&all::BREAKER_FAILURE_RATE, "failure_rate_ppm", 1e-6);
        self.scaled(&all::BREAKER_SLOW_RATE, "slow_rate_ppm", 1e-6);
        if self.status.reading("keys").is_some() {
            for state in CIRCUIT_STATES {
                self.read(&all::CIRCUITS, state, Some(fixed(STATE, state)));
            }
            return;
        }
        let other = Some(self.status.state).filter(|state| !CIRCUIT_STATES.contains(state));
        for state in CIRCUIT_STATES.into_iter().chain(other) {
            let is_in = u64::from(state == self.status.state);
            self.add(&all::BREAKER_STATE, is_in, Some(fixed(STATE, state)));
        }
    }

    fn rate_limiter(&mut self) {
        self.calls();
        self.read(&all::RATE_KEYS, "keys", None);
        if self.status.reading("keys").unwrap_or(0) == 0 {
            self.read(&all::RATE_LIMIT, "limit", None);
            self.read(&all::RATE_REMAINING, "remaining", None);
        }
    }

    fn bulkhead(&mut self) {
        self.calls();
        self.read(&all::CONCURRENCY_LIMIT, "max_concurrent", None);
        self.read(&all::CONCURRENCY_IN_FLIGHT, "running", None);
        self.read(&all::CONCURRENCY_QUEUED, "waiting", None);
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
        self.read(&all::POOL_PENDING, "waiting", None);
        self.read(&all::POOL_CREATED, "created", None);
        self.read(&all::POOL_FAILED, "failed_connects", None);
        for (reading, reason) in CLOSED {
            self.read(&all::POOL_CLOSED, reading, Some(fixed(REASON, reason)));
        }
    }

    fn budget(&mut self) {
        if let Some(balance) = self.status.reading("balance") {
            let namespace = self.status.namespace.as_deref();
            let namespace = namespace.map(|name| named(crate::attribute::NAMESPACE, name));
            let target = (TARGET, Cow::Owned(self.status.layer.name().as_str().to_owned()));
            let attributes = [target].into_iter().chain(namespace).collect();
            self.all.push(Sample::count(&all::RETRY_BUDGET, balance, attributes));
        }
    }

    fn settings(&mut self) {
        let namespace = self.status.namespace.as_deref();
        let attributes: Attributes =
            namespace.map(|name| named(crate::attribute::NAMESPACE, name)).into_iter().collect();
        if let Some(version) = self.status.reading("version") {
            self.all.push(Sample::count(&all::CONFIG_VERSION, version, attributes.clone()));
        }
        if let Some(stale) = self.status.reading("stale_ns") {
            let mut sample = Sample::count(&all::CONFIG_STALE, stale, attributes);
            sample.value *= 1e-9;
            self.all.push(sample);
        }
    }
}
