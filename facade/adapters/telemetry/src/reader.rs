use std::collections::{HashMap, HashSet};
use std::time::Duration;

use seawall_core::pool::DurationHistogram;
use seawall_core::{Component, Layer, Name, Status};

use crate::attribute::OTHER;
use crate::attribute::of_layer;
use crate::{Attributes, Instrument, Kind, MAX_NAMES, Sample, component, table};

/// Reads statuses for an exporter, which keeps one. It remembers what it takes to make the values of
/// components that are replaced go on, and which names have series.
#[derive(Debug, Default)]
pub struct Reader {
    names: HashSet<Named>,
    counters: HashMap<Named, HashMap<(&'static str, &'static str), Counter>>,
    connects: HashMap<Attributes, Box<DurationHistogram>>,
}

/// A component, in a namespace.
type Named = (Layer, Option<Name>);

/// A counter, which starts again if its component is replaced.
#[derive(Clone, Copy, Debug, Default)]
struct Counter {
    before: f64,
    last: f64,
}

impl Counter {
    fn read(&mut self, value: f64) -> f64 {
        if value < self.last {
            self.before += self.last;
        }
        self.last = value;
        self.before + value
    }
}

/// Durations of a histogram that were counted since the last read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Durations {
    /// The histogram.
    pub instrument: &'static Instrument,
    /// What tells the series from others of the instrument.
    pub attributes: Attributes,
    /// A duration within a quarter of the real ones.
    pub about: Duration,
    /// Their number.
    pub count: u64,
}

impl Reader {
    /// Creates a reader that has read nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the series of `statuses`, ordered by instrument. Those of the first thousand names have
    /// series of their own; the counters of all others are added up under [`OTHER`].
    pub fn samples(&mut self, statuses: &[Status]) -> Vec<Sample> {
        let mut sums: HashMap<(&'static str, Attributes), usize> = HashMap::new();
        let mut samples: Vec<Sample> = Vec::new();
        for status in statuses {
            let is_other = self.is_other(status);
            let name = (status.layer.clone(), status.namespace.clone());
            let counters = self.counters.entry(name).or_default();
            for mut sample in component::samples(status) {
                if sample.instrument.kind == Kind::Counter {
                    let key = (sample.instrument.name, sample.own());
                    sample.value = counters.entry(key).or_default().read(sample.value);
                }
                if !is_other {
                    samples.push(sample);
                    continue;
                }
                if !sample.instrument.is_sum() {
                    continue;
                }
                rename(&mut sample.attributes, status.layer.name());
                let key = (sample.instrument.name, sample.attributes.clone());
                match sums.get(&key) {
                    Some(at) => samples[*at].value += sample.value,
                    None => {
                        sums.insert(key, samples.len());
                        samples.push(sample);
                    }
                }
            }
        }
        samples
    }

    /// Returns how long the connects of all pools took since the last time.
    pub fn connects(&mut self, statuses: &[Status]) -> Vec<Durations> {
        let mut durations = Vec::new();
        for status in statuses {
            let Some(times) = &status.create_times else { continue };
            let is_other = self.is_other(status);
            let mut attributes = of_layer(&status.layer, status.namespace.as_deref());
            let before = self.connects.insert(attributes.clone(), times.clone());
            // A pool that was replaced has counted less.
            let before = before.filter(|before| before.total() <= times.total());
            if is_other {
                rename(&mut attributes, status.layer.name());
            }
            for (bucket, count) in times.counts().iter().enumerate() {
                let before = before.as_ref().map_or(0, |before| before.counts()[bucket]);
                let count = count.saturating_sub(before);
                if count > 0 {
                    let bounds = [bucket, bucket + 1].map(DurationHistogram::lower_bound);
                    let about = bounds.iter().sum::<Duration>() / 2;
                    let instrument = &table::POOL_CREATE_TIME;
                    durations.push(Durations {
                        instrument,
                        attributes: attributes.clone(),
                        about,
                        count,
                    });
                }
            }
        }
        durations
    }

    /// Returns true if the component is not among the first thousand names.
    fn is_other(&mut self, status: &Status) -> bool {
        // The settings have no name of their own.
        if status.layer.component() == Component::Infrastructure {
            return false;
        }
        let name = (status.layer.clone(), status.namespace.clone());
        if self.names.contains(&name) {
            return false;
        }
        let is_full = self.names.len() >= MAX_NAMES;
        if !is_full {
            self.names.insert(name);
        }
        is_full
    }
}

fn rename(attributes: &mut Attributes, name: &Name) {
    if let Some((_, value)) = attributes.iter_mut().find(|(_, value)| *value == name.as_str()) {
        *value = OTHER.into();
    }
}
