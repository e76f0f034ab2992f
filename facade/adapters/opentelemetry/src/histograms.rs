use opentelemetry::KeyValue;
#[cfg(feature = "bound-instruments")]
use opentelemetry::metrics::BoundHistogram;
use opentelemetry::metrics::{Histogram, Meter};
use seawall_telemetry::{Attributes, Histograms, INSTRUMENTS, Instrument, Kind};

/// The histograms of a meter, each with the boundaries that the table advises.
pub(crate) struct Meters(Vec<(&'static str, Histogram<f64>)>);

/// One series of a histogram.
pub(crate) struct Series {
    #[cfg(not(feature = "bound-instruments"))]
    histogram: Histogram<f64>,
    #[cfg(not(feature = "bound-instruments"))]
    attributes: Box<[KeyValue]>,
    #[cfg(feature = "bound-instruments")]
    bound: BoundHistogram<f64>,
}

impl Meters {
    pub(crate) fn new(meter: &Meter) -> Self {
        let histograms = INSTRUMENTS.iter().filter(|known| known.kind == Kind::Histogram);
        let made = histograms.map(|known| {
            let histogram = meter
                .f64_histogram(known.name)
                .with_description(known.about)
                .with_unit(known.unit)
                .with_boundaries(known.bounds.to_vec());
            (known.name, histogram.build())
        });
        Self(made.collect())
    }

    fn get(&self, instrument: &Instrument) -> Histogram<f64> {
        let found = self.0.iter().find(|(name, _)| *name == instrument.name);
        found.map(|(_, histogram)| histogram.clone()).expect("BUG: all histograms were made")
    }
}

impl Histograms for Meters {
    type Histogram = Series;

    fn histogram(&self, instrument: &'static Instrument, attributes: Attributes) -> Series {
        let (histogram, attributes) = (self.get(instrument), key_values(attributes));
        Series {
            #[cfg(feature = "bound-instruments")]
            bound: histogram.bind(&attributes),
            #[cfg(not(feature = "bound-instruments"))]
            histogram,
            #[cfg(not(feature = "bound-instruments"))]
            attributes: attributes.into(),
        }
    }

    fn record(series: &Series, seconds: f64) {
        #[cfg(feature = "bound-instruments")]
        series.bound.record(seconds);
        #[cfg(not(feature = "bound-instruments"))]
        series.histogram.record(seconds, &series.attributes);
    }
}

pub(crate) fn key_values(attributes: Attributes) -> Vec<KeyValue> {
    attributes.into_iter().map(|(name, value)| KeyValue::new(name, value)).collect()
}
