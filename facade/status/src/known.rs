use std::collections::BTreeMap;

use seawall::{Latencies, Layer, ProtectionCalls, RefusalKind, Status, Tick};

use crate::history::{Counts, RefusalSeries, Series, Slot};
use crate::level::Level;
use crate::past::Moment;
use crate::tally::Tally;

/// What is kept of one protection or component.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) series: Series,
    pub(crate) refusals: RefusalSeries,
    /// Numbers of retries, hedges and fallbacks.
    pub(crate) extras: BTreeMap<&'static str, u64>,
    /// The last error that led to a refusal.
    pub(crate) error: Option<(String, Tick)>,
    /// Those of the last minute.
    pub(crate) latencies: Latencies,
    /// True if it is configured, or was used within an hour.
    pub(crate) is_shown: bool,
    /// What was counted at the last sample.
    counted: Counts,
}

impl Known {
    pub(crate) fn new(now: Tick) -> Self {
        Self {
            series: Series::new(now),
            refusals: RefusalSeries::default(),
            extras: BTreeMap::new(),
            error: None,
            latencies: Latencies::default(),
            is_shown: false,
            counted: Counts::default(),
        }
    }

    /// Adds a sample of a component.
    pub(crate) fn component(&mut self, moment: Moment, status: &Status, tally: Tally) {
        let counts = match Counts::of(status) {
            Some(counted) => self.new_since(moment, counted),
            None => tally.counts,
        };
        let used = usage(status).map_or(0, |(used, _)| used);
        self.series.set_state(status.state, moment.now);
        let slot = Slot { counts, used, ..Slot::default() };
        self.series.add(moment.second, moment.now, slot, Level::of_status(status));
        self.refusals.roll(moment.second);
        for (kind, count) in &tally.refusals {
            self.refusals.add(moment.second, &status.layer, *kind, *count);
        }
        self.keep(tally);
    }

    /// Adds a sample of a protection, whose layers are at `worst`. Returns what was refused since the last
    /// one.
    pub(crate) fn protection(
        &mut self,
        moment: Moment,
        worst: Level,
        calls: Option<&ProtectionCalls>,
        tally: Tally,
    ) -> Vec<(Layer, RefusalKind, u64)> {
        let counted = calls.map_or(self.counted, |calls| Counts::from(&calls.total));
        let counts = self.new_since(moment, counted);
        self.latencies = calls.map_or_else(Latencies::default, |calls| calls.latencies);
        let p99 = self.latencies.p99.map(|time| time.as_secs_f64());
        let slot = Slot { counts, p99, ..Slot::default() };
        self.series.add(moment.second, moment.now, slot, worst);
        self.refusals.roll(moment.second);
        let mut new = Vec::new();
        for (by, kind, counted) in calls.iter().flat_map(|calls| &calls.refusals) {
            let count = self.refusals.count(moment, by, *kind, *counted);
            if count > 0 {
                new.push((by.clone(), *kind, count));
            }
        }
        self.keep(tally);
        new
    }

    fn new_since(&mut self, moment: Moment, counted: Counts) -> Counts {
        let before = std::mem::replace(&mut self.counted, counted);
        if moment.is_first { Counts::default() } else { counted - before }
    }

    fn keep(&mut self, tally: Tally) {
        for (topic, count) in &tally.extras {
            *self.extras.entry(topic.name()).or_default() += count;
        }
        self.error = tally.error.or(self.error.take());
    }
}

/// Returns how many permits or connections are in use, and their maximum.
pub(crate) fn usage(status: &Status) -> Option<(u64, u64)> {
    let max = status
        .reading("max_concurrent")
        .or_else(|| Some(status.reading("max")? + status.reading("max_overflow").unwrap_or(0)))?;
    Some((status.in_flight()?, max))
}
