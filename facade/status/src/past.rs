use std::collections::BTreeMap;
use std::time::Duration;

use seawall::{Component, Infrastructure, Layer, ProtectionCalls, Status, Tick};

use crate::known::Known;
use crate::level::Level;
use crate::recorder::{ByLayer, Recorded};
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

/// A sample.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// The time from the start.
    pub(crate) second: u64,
    pub(crate) now: Tick,
    /// True if nothing is known of before, so that what is counted by now is old.
    pub(crate) is_first: bool,
}

impl Past {
    /// The time in seconds after which a protection that is in no settings is not shown any more.
    const HIDE_AFTER: u64 = 3600;

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
        let moment = Moment { second, now, is_first: self.second.is_none() };
        let mut tallies = recorded.drain();
        let statuses = infra.components();
        self.known.retain(|layer, _| {
            let is_there = |status: &Status| status.layer == *layer;
            layer.component() == Component::Protection || statuses.iter().any(is_there)
        });
        // Before the protections, whose refusals are added to those of their layers.
        for status in &statuses {
            let tally = tallies.remove(&status.layer).unwrap_or_default();
            self.known_mut(&status.layer, now).component(moment, status, tally);
        }
        self.protections(moment, infra, &statuses, &mut tallies);
        (self.statuses, self.second, self.at) = (statuses, Some(second), now);
        true
    }

    fn protections(
        &mut self,
        moment: Moment,
        infra: &Infrastructure,
        statuses: &[Status],
        tallies: &mut ByLayer<Tally>,
    ) {
        let level = |status: &Status| (status.layer.clone(), Level::of_status(status));
        let levels: ByLayer<_> = statuses.iter().map(level).collect();
        let calls = infra.calls().into_iter();
        let mut calls: BTreeMap<_, _> = calls.map(|calls| (calls.name.clone(), calls)).collect();
        for planned in infra.describe().protections() {
            let layers = planned.layers().map(|(component, name)| Layer::new(component, name));
            let worst = layers.filter_map(|layer| levels.get(&layer).copied()).max();
            let layer = Layer::new(Component::Protection, planned.name());
            let (calls, tally) = (calls.remove(layer.name()), tallies.remove(&layer));
            let known = self.protection(moment, &layer, worst, calls.as_ref(), tally);
            known.is_shown = true;
        }
        for calls in calls.into_values() {
            let layer = Layer::new(Component::Protection, calls.name.clone());
            let tally = tallies.remove(&layer);
            let known = self.protection(moment, &layer, None, Some(&calls), tally);
            known.is_shown = known.series.last_used + Self::HIDE_AFTER >= moment.second;
        }
    }

    fn protection(
        &mut self,
        moment: Moment,
        layer: &Layer,
        worst: Option<Level>,
        calls: Option<&ProtectionCalls>,
        tally: Option<Tally>,
    ) -> &mut Known {
        let known = self.known_mut(layer, moment.now);
        let worst = worst.unwrap_or_default();
        let refused = known.protection(moment, worst, calls, tally.unwrap_or_default());
        for (by, kind, count) in refused {
            if let Some(component) = self.known.get_mut(&by) {
                component.refusals.add(moment.second, layer, kind, count);
            }
        }
        self.known_mut(layer, moment.now)
    }

    fn known_mut(&mut self, layer: &Layer, now: Tick) -> &mut Known {
        self.known.entry(layer.clone()).or_insert_with(|| Known::new(now))
    }

    /// Returns the time from the start to the last sample.
    pub(crate) fn uptime(&self) -> Duration {
        self.at.since(self.start)
    }

    pub(crate) fn known(&self, layer: &Layer) -> Option<&Known> {
        self.known.get(layer)
    }

    /// Returns the protections, in no order.
    pub(crate) fn shown_protections(&self) -> impl Iterator<Item = (&Layer, &Known)> {
        let is_shown = |(layer, known): &(&Layer, &Known)| {
            layer.component() == Component::Protection && known.is_shown
        };
        self.known.iter().filter(is_shown)
    }
}
