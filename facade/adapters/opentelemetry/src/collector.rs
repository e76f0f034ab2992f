use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Meter};
use seawall_core::Statuses;
use seawall_telemetry::{Histograms, INSTRUMENTS, Instrument, Kind, Observed, Reader, Sample};

use crate::histograms::{Meters, key_values};

/// Reads a source once for a collection, in which each instrument asks for its own series.
pub(crate) struct Collector<S> {
    source: S,
    observed: Arc<Observed<Meters>>,
    read: Mutex<Read>,
}

/// The series of an instrument.
type Values = Vec<(Vec<KeyValue>, Sample)>;

#[derive(Default)]
struct Read {
    reader: Reader,
    /// The series of each instrument, until it has taken them.
    series: Vec<Option<Values>>,
}

impl<S: Statuses + 'static> Collector<S> {
    /// Makes an observable instrument for each row of the table but histograms.
    pub(crate) fn register(meter: &Meter, source: S, observed: Arc<Observed<Meters>>) {
        let this = Arc::new(Self { source, observed, read: Mutex::default() });
        for (index, known) in INSTRUMENTS.iter().enumerate() {
            let this = Arc::clone(&this);
            this.make(meter, index, known);
        }
    }

    fn make(self: Arc<Self>, meter: &Meter, index: usize, known: &'static Instrument) {
        /// Observes what the source has, converted to the type of the instrument.
        macro_rules! observable {
            ($make:ident, $convert:expr) => {{
                let observe = move |to: &dyn AsyncInstrument<_>| {
                    for (attributes, sample) in self.take(index) {
                        to.observe($convert(&sample), &attributes);
                    }
                };
                let made = meter.$make(known.name).with_description(known.about);
                let _ = made.with_unit(known.unit).with_callback(observe).build();
            }};
        }
        match known.kind {
            Kind::Counter => observable!(u64_observable_counter, Sample::whole),
            Kind::UpDownCounter => observable!(i64_observable_up_down_counter, signed),
            Kind::Gauge => observable!(f64_observable_gauge, |sample: &Sample| sample.value),
            Kind::Histogram => {}
        }
    }

    /// Returns the series of an instrument; the first that asks again begins another collection.
    fn take(&self, index: usize) -> Values {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(series) = read.series.get_mut(index).and_then(Option::take) {
            return series;
        }
        self.collect(&mut read);
        read.series[index].take().unwrap_or_default()
    }

    fn collect(&self, read: &mut Read) {
        let statuses = self.source.statuses();
        let mut series: Vec<_> = INSTRUMENTS.iter().map(|_| Vec::new()).collect();
        let samples = read.reader.samples(&statuses).into_iter().chain(self.observed.samples());
        for mut sample in samples {
            let index =
                INSTRUMENTS.iter().position(|known| std::ptr::eq(*known, sample.instrument));
            let index = index.expect("BUG: each sample's instrument is in the table");
            let attributes = key_values(std::mem::take(&mut sample.attributes));
            series[index].push((attributes, sample));
        }
        read.series = series.into_iter().map(Some).collect();
        for connects in read.reader.connects(&statuses) {
            let histograms = self.observed.histograms();
            let histogram = histograms.histogram(connects.instrument, connects.attributes);
            for _ in 0..connects.count {
                Meters::record(&histogram, connects.about.as_secs_f64());
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "counts are whole")]
fn signed(sample: &Sample) -> i64 {
    sample.value as i64
}
