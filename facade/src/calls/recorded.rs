use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use seawall_core::policy::LatencySketch;
use seawall_core::{Counter, Layer, Name, Refusal, RefusalKind, StripedCounters, Tick};

use super::table::Table;
use super::{Latencies, Outcome, OutcomeCounts, ProtectionCalls, RecentCalls};

/// What is recorded of the calls under one protection.
pub(super) struct Recorded {
    name: Name,
    counts: StripedCounters<[Counter; Outcome::ALL.len()]>,
    sketch: LatencySketch,
    refusals: Table<Refused, 64>,
    /// Counts of earlier times, the oldest first, from which rates are computed. Calls do not use them.
    samples: Mutex<VecDeque<(Tick, OutcomeCounts)>>,
}

/// The refusals by one layer for one reason.
struct Refused {
    layer: Layer,
    kind: RefusalKind,
    count: AtomicU64,
}

/// The time between samples, and their number: those of five minutes.
pub(super) const EVERY: Duration = Duration::from_secs(1);
const SAMPLES: usize = 301;

impl Recorded {
    pub(super) fn new(name: &Name, now: Tick) -> Self {
        Self {
            name: name.clone(),
            counts: StripedCounters::default(),
            sketch: LatencySketch::new(),
            refusals: Table::default(),
            samples: Mutex::new(VecDeque::from([(now, OutcomeCounts::default())])),
        }
    }

    pub(super) const fn name(&self) -> &Name {
        &self.name
    }

    pub(super) fn end(&self, now: Tick, outcome: Outcome, elapsed: Duration) {
        self.count(outcome);
        if outcome.is_cut() {
            self.sketch.record_cut(now, elapsed);
        } else {
            self.sketch.record(now, elapsed);
        }
    }

    pub(super) fn refuse(&self, refusal: &Refusal) {
        self.count(Outcome::Refused);
        let (layer, kind) = (refusal.by(), refusal.kind());
        let is_it = |refused: &Refused| refused.kind == kind && refused.layer == *layer;
        let add = || Refused { layer: layer.clone(), kind, count: AtomicU64::new(0) };
        if let Some(refused) = self.refusals.get_or_add(&(layer, kind), is_it, add) {
            refused.count.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn count(&self, outcome: Outcome) {
        self.counts.local().add(|counts| &counts[outcome as usize]);
    }

    fn total(&self) -> OutcomeCounts {
        OutcomeCounts(std::array::from_fn(|at| self.counts.sum(|counts| counts[at].get())))
    }

    /// Remembers the counts of `now`, unless it did so within the last second.
    pub(super) fn sample(&self, now: Tick) {
        self.sketch.forget_old(now);
        let total = self.total();
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.back().is_some_and(|(last, _)| now.since(*last) < EVERY) {
            return;
        }
        if samples.len() == SAMPLES {
            samples.pop_front();
        }
        samples.push_back((now, total));
    }

    pub(super) fn read(&self, now: Tick) -> ProtectionCalls {
        let total = self.total();
        let samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = |seconds| {
            let length = Duration::from_secs(seconds);
            let later = samples.partition_point(|(at, _)| now.since(*at) >= length);
            let (at, counts) = samples.get(later.saturating_sub(1)).copied().unwrap_or_default();
            RecentCalls { span: now.since(at), counts: total.since(&counts) }
        };
        let mut refusals: Vec<_> = self.refusals.iter().map(Refused::read).collect();
        refusals.sort_by_key(|(.., count)| std::cmp::Reverse(*count));
        ProtectionCalls {
            name: self.name.clone(),
            total,
            last_10s: recent(10),
            last_minute: recent(60),
            last_5_minutes: recent(300),
            latencies: Latencies::of(&self.sketch),
            refusals,
        }
    }
}

impl Refused {
    fn read(&self) -> (Layer, RefusalKind, u64) {
        (self.layer.clone(), self.kind, self.count.load(Ordering::Relaxed))
    }
}
