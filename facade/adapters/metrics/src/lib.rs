#![doc = include_str!("../README.md")]

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use ::metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder, Unit};
use seawall_core::{Event, Observer, Statuses};
use seawall_telemetry::{Attributes, Histograms, INSTRUMENTS, Instrument, Kind, Observed, Reader};

pub use ::metrics;

/// Metrics of components, through the `metrics` crate.
///
/// [`publish`](Self::publish) reads what the components count anyway: calls pay nothing for it. As an
/// observer it also counts whole calls, refusals by kind and rare events, and records the durations of
/// calls, attempts and waits. Clones are the same.
///
/// Install the recorder before: a series that is made while there is none stays without effect.
#[derive(Clone)]
pub struct Metrics(Arc<Shared>);

struct Shared {
    observed: Observed<Series>,
    reader: Mutex<Reader>,
}

impl Metrics {
    /// Creates metrics that go to the recorder that is installed: the global one, or that of the thread.
    #[must_use]
    pub fn new() -> Self {
        Self::of(Series(None))
    }

    /// Creates metrics that go to `recorder`, whatever is installed.
    #[must_use]
    pub fn with_recorder(recorder: Arc<dyn Recorder + Send + Sync>) -> Self {
        Self::of(Series(Some(recorder)))
    }

    fn of(series: Series) -> Self {
        series.with(describe);
        Self(Arc::new(Shared { observed: Observed::new(series), reader: Mutex::default() }))
    }

    /// Publishes all counters and gauges of `source`, as they are now: before each scrape, or every few
    /// seconds. It takes about a microsecond for each series.
    pub fn publish(&self, source: &impl Statuses) {
        let statuses = source.statuses();
        let mut reader = self.0.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let series = self.0.observed.histograms();
        series.with(|recorder| {
            let observed = self.0.observed.samples().into_iter();
            for sample in reader.samples(&statuses).into_iter().chain(observed) {
                let count = sample.whole();
                let key = key(sample.instrument, sample.attributes);
                match sample.instrument.kind {
                    Kind::Counter => counter(recorder, &key).absolute(count),
                    _ => gauge(recorder, &key).set(sample.value),
                }
            }
        });
        for connects in reader.connects(&statuses) {
            let histogram = series.histogram(connects.instrument, connects.attributes);
            let count = usize::try_from(connects.count).unwrap_or(usize::MAX);
            histogram.record_many(connects.about.as_secs_f64(), count);
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Observer for Metrics {
    fn observe(&self, event: &Event<'_>) {
        self.0.observed.observe(event);
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// Returns the name and the upper bounds of the buckets of each histogram, for the builder of the
/// exporter: without them, `metrics-exporter-prometheus` makes summaries, which cannot be added up.
pub fn buckets() -> impl Iterator<Item = (&'static str, &'static [f64])> {
    let histograms = INSTRUMENTS.iter().filter(|known| known.kind == Kind::Histogram);
    histograms.map(|known| (known.name, known.bounds))
}

/// Makes series at one recorder, or whichever is installed.
struct Series(Option<Arc<dyn Recorder + Send + Sync>>);

impl Series {
    fn with<T>(&self, f: impl FnOnce(&dyn Recorder) -> T) -> T {
        match &self.0 {
            Some(recorder) => f(recorder),
            None => ::metrics::with_recorder(f),
        }
    }
}

impl Histograms for Series {
    type Histogram = Histogram;

    fn histogram(&self, instrument: &'static Instrument, attributes: Attributes) -> Histogram {
        let key = key(instrument, attributes);
        self.with(|recorder| recorder.register_histogram(&key, &METADATA))
    }

    fn record(histogram: &Histogram, seconds: f64) {
        histogram.record(seconds);
    }
}

static METADATA: Metadata<'static> =
    Metadata::new(seawall_telemetry::METER, Level::INFO, Some(module_path!()));

fn counter(recorder: &dyn Recorder, key: &Key) -> Counter {
    recorder.register_counter(key, &METADATA)
}

fn gauge(recorder: &dyn Recorder, key: &Key) -> Gauge {
    recorder.register_gauge(key, &METADATA)
}

/// Describes all instruments. Only seconds have a unit that the exporters know.
fn describe(recorder: &dyn Recorder) {
    for known in INSTRUMENTS {
        let (name, about) = (name(known).into(), known.about.into());
        let unit = (known.unit == "s").then_some(Unit::Seconds);
        match known.kind {
            Kind::Counter => recorder.describe_counter(name, unit, about),
            Kind::Histogram => recorder.describe_histogram(name, unit, about),
            Kind::Gauge | Kind::UpDownCounter => recorder.describe_gauge(name, unit, about),
        }
    }
}

/// Returns the name of an instrument. There is no unit for ratios that the exporters know, so that the
/// suffix by which OpenTelemetry marks them is in the name.
fn name(instrument: &'static Instrument) -> String {
    match instrument.unit {
        "1" => format!("{}.ratio", instrument.name),
        _ => instrument.name.to_owned(),
    }
}

fn key(instrument: &'static Instrument, attributes: Attributes) -> Key {
    let labels = attributes.into_iter().map(|(name, value)| Label::new(name, value));
    Key::from_parts(name(instrument), labels.collect::<Vec<_>>())
}
