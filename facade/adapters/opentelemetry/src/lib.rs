#![doc = include_str!("../README.md")]

use std::fmt;
use std::sync::Arc;

use opentelemetry::metrics::Meter;
use opentelemetry::trace::Tracer;
use seawall_core::{Event, Observer, Statuses};
use seawall_telemetry::Observed;

pub use opentelemetry;

mod collector;
mod histograms;
mod traces;

use self::collector::Collector;
use self::histograms::Meters;
use self::traces::Traces;

/// Metrics and traces of components, through OpenTelemetry.
///
/// [`register`](Self::register) makes observable instruments, which read what the components count anyway:
/// calls pay nothing for them. As an observer this also counts whole calls, refusals by kind and rare
/// events, records the durations of calls, attempts and waits, and, if that is wanted, adds events to the
/// span of a call or makes a span for each attempt. Clones are the same.
#[derive(Clone)]
pub struct Telemetry {
    meter: Meter,
    observed: Arc<Observed<Meters>>,
    traces: Arc<Traces>,
}

impl Telemetry {
    /// Creates telemetry that goes to `meter`, which should be called [`METER`].
    #[must_use]
    pub fn new(meter: &Meter) -> Self {
        let observed = Arc::new(Observed::new(Meters::new(meter)));
        Self { meter: meter.clone(), observed, traces: Arc::default() }
    }

    /// Adds refusals and rare events (changes of state, retries, hedges, fallbacks) as events to the span
    /// that is active where they happen, if it records.
    #[must_use]
    pub fn with_span_events(mut self) -> Self {
        self.traces = Arc::new(self.traces.with_events());
        self
    }

    /// Makes a span for each attempt of a call through a named protection, as a child of the span that is
    /// active where the attempt ends, whether or not the call could take several. It is made when the
    /// attempt is over, so that it is not the parent of what the attempt did.
    #[must_use]
    pub fn with_attempt_spans<T>(mut self, tracer: T) -> Self
    where
        T: Tracer + Send + Sync + 'static,
    {
        self.traces = Arc::new(self.traces.with_spans(tracer));
        self
    }

    /// Makes observable instruments for the components of `source`, which are read at each collection.
    ///
    /// The provider of the meter keeps `source`, until it is shut down and dropped.
    pub fn register(&self, source: impl Statuses + 'static) {
        Collector::register(&self.meter, source, Arc::clone(&self.observed));
    }
}

impl Observer for Telemetry {
    fn observe(&self, event: &Event<'_>) {
        self.observed.observe(event);
        self.traces.observe(event);
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry").field("traces", &self.traces).finish_non_exhaustive()
    }
}

/// The name of the meter, or instrumentation scope.
pub const METER: &str = seawall_telemetry::METER;
