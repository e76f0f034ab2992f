use std::collections::BTreeMap;
use std::time::Duration;

use seawall::policy::Quantile;
use seawall::{Component, Infrastructure, Layer, Status, Tick};

use crate::history::{Counts, RefusalSeries, Series, Slot};
use crate::level::Level;
use crate::recorder::{ByLayer, Recorded, Times};
use crate::tally::Tally;

/// All that is kept of protections and components, by the second.
#[derive(Debug)]
pub(crate) struct Past {
    start: Tick,
    /// The second of the last sample, from the start.
    second: Option<u64>,
    /// The time of the last sample.
    pub(crate) at: Tick,
    /// The components at the last sample.
    pub(crate) statuses: Vec<Status>,
    known: ByLayer<Known>,
}

/// What is kept of one protection or component.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) series: Series,
    pub(crate) refusals: RefusalSeries,
    /// Numbers of retries, hedges and fallbacks.
    pub(crate) extras: BTreeMap<&'static str, u64>,
    /// The last error that led to a refusal.
    pub(crate) error: Option<(String, Tick)>,
    /// The times of its calls in the last minute.
    pub(crate) times: Option<Times>,
    /// True if it was there at the last sample.
    is_there: bool,
}

impl Past {
    /// The time in seconds after which an unused name that is in no settings is forgotten.
    const FORGET_AFTER: u64 = 3600;

    pub(crate) fn new(start: Tick) -> Self {
        let known = ByLayer::default();
        Self { start, second: None, at: start, statuses: Vec::new(), known }
    }

    /// Takes a sample if a second has passed since the last one. Returns true if one was taken.
    pub(crate) fn sample(&mut self, infra: &Infrastructure, recorded: &Recorded) -> bool {
        let now = infra.clock().now();
        let second = now.since(self.start).as_secs();
        if self.second.is_some_and(|last| second <= last) {
            return false;
        }
        self.known.values_mut().for_each(|known| known.is_there = false);
        let mut tallies = recorded.drain();
        let statuses = infra.components();
        let mut levels = ByLayer::<Level>::default();
        for status in &statuses {
            let (tally, level) = (tallies.remove(&status.layer), Level::of_status(status));
            levels.insert(status.layer.clone(), level);
            let known = self.known_mut(&status.layer, now);
            known.series.set_state(status.state, now);
            known.add((second, now), tally, level, Some(status), recorded, &status.layer);
        }
        for planned in infra.describe().protections() {
            let layer = Layer::new(Component::Protection, planned.name());
            let layers = planned.layers().map(|(component, name)| Layer::new(component, name));
            let level = layers.filter_map(|layer| levels.get(&layer).copied()).max();
            let (tally, level) = (tallies.remove(&layer), level.unwrap_or_default());
            self.known_mut(&layer, now).add((second, now), tally, level, None, recorded, &layer);
        }
        // Protections that code has composed, or that the settings do not have any more.
        tallies.retain(|layer, _| layer.component() == Component::Protection);
        tallies.keys().for_each(|layer| _ = self.known_mut(layer, now));
        for (layer, known) in &mut self.known {
            if !known.is_there && layer.component() == Component::Protection {
                let tally = tallies.remove(layer);
                known.add((second, now), tally, Level::Idle, None, recorded, layer);
                known.is_there = known.series.last_used + Self::FORGET_AFTER >= second;
            }
        }
        self.known.retain(|_, known| known.is_there);
        (self.statuses, self.second, self.at) = (statuses, Some(second), now);
        true
    }

    fn known_mut(&mut self, layer: &Layer, now: Tick) -> &mut Known {
        self.known.entry(layer.clone()).or_insert_with(|| Known {
            series: Series::new(now),
            refusals: RefusalSeries::default(),
            extras: BTreeMap::new(),
            error: None,
            times: None,
            is_there: false,
        })
    }

    /// Returns the time from the start to the last sample.
    pub(crate) fn uptime(&self) -> Duration {
        self.at.since(self.start)
    }

    pub(crate) fn known(&self, layer: &Layer) -> Option<&Known> {
        self.known.get(layer)
    }

    /// Returns the protections, in no order.
    pub(crate) fn protections(&self) -> impl Iterator<Item = (&Layer, &Known)> {
        self.known.iter().filter(|(layer, _)| layer.component() == Component::Protection)
    }
}

impl Known {
    fn add(
        &mut self,
        (second, now): (u64, Tick),
        tally: Option<Tally>,
        by_state: Level,
        status: Option<&Status>,
        recorded: &Recorded,
        layer: &Layer,
    ) {
        self.is_there = true;
        let mut tally = tally.unwrap_or_default();
        let since_created = status.and_then(Counts::of);
        let counts = match (since_created, self.series.counted) {
            (None, _) => tally.counts,
            // What it counted before the first sample may be old.
            (Some(_), None) => Counts::default(),
            (Some(all), Some(before)) => all - before,
        };
        self.series.counted = since_created;
        self.times = recorded.times(layer);
        let used = status.and_then(usage).map_or(0, |(used, _)| used);
        let p99 = if second.is_multiple_of(10) { self.p99() } else { None };
        self.series.add(second, now, Slot { counts, level: None, used, p99 }, by_state);
        self.refusals.add(second, &tally.refusals);
        for (topic, count) in &tally.extras {
            *self.extras.entry(topic.name()).or_default() += count;
        }
        self.error = tally.error.take().or(self.error.take());
    }

    /// Returns the 99th percentile of the last minute in seconds, if there were calls just now.
    fn p99(&self) -> Option<f64> {
        let times = self.times.as_ref()?.get().filter(|_| self.series.recent().calls() > 0)?;
        match times.quantile(0.99) {
            Quantile::NoTimes => None,
            Quantile::Known(time) | Quantile::MoreThan(time) => Some(time.as_secs_f64()),
        }
    }
}

/// Returns how many permits or connections are in use, and their maximum.
pub(crate) fn usage(status: &Status) -> Option<(u64, u64)> {
    let pair = |used, max| Some((status.reading(used)?, status.reading(max)?));
    pair("running", "max_concurrent").or_else(|| {
        let (used, max) = pair("borrowed", "max")?;
        Some((used, max + status.reading("max_overflow").unwrap_or(0)))
    })
}
