use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::Duration;

use ::tracing::warn;
use seawall_core::{Event, Layer, Refusal, Tick};

/// Sums up the refusals of each layer once a second: one event each would be a flood just when everything
/// is refused.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    counts: RwLock<HashMap<Layer, Count>>,
    /// The time of the first refusal that is not summed up yet.
    since: Mutex<Option<Tick>>,
    /// The time from which the next event of any kind sums up, in nanoseconds.
    due: AtomicU64,
}

#[derive(Debug, Default)]
struct Count {
    refused: AtomicU64,
    namespace: Option<Box<str>>,
}

const PERIOD: Duration = Duration::from_secs(1);

impl Refusals {
    pub(super) fn new() -> Self {
        Self { due: AtomicU64::new(u64::MAX), ..Self::default() }
    }

    /// Counts a refusal. That of a whole call is one of a layer's too, unless no layer gave it.
    pub(super) fn count(&self, about: &Event<'_>, refusal: &Refusal) {
        if about.layer != refusal.by() {
            return;
        }
        let counts = self.counts.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get(about.layer) {
            count.refused.fetch_add(1, Ordering::Relaxed);
        } else {
            drop(counts);
            let mut counts = self.counts.write().unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry(about.layer.clone()).or_default();
            count.namespace = about.namespace.map(Box::from);
            count.refused.fetch_add(1, Ordering::Relaxed);
        }
        if self.due.load(Ordering::Relaxed) == u64::MAX {
            let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
            if since.is_none() {
                *since = Some(about.at);
                self.due.store((about.at + PERIOD).as_nanos(), Ordering::Relaxed);
            }
        }
    }

    /// Emits the sums if their time has come.
    pub(super) fn sum_up(&self, now: Tick) {
        if now.as_nanos() < self.due.load(Ordering::Relaxed) {
            return;
        }
        let mut begun = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(since) = begun.take() else { return };
        self.due.store(u64::MAX, Ordering::Relaxed);
        drop(begun);
        let counts = self.counts.read().unwrap_or_else(PoisonError::into_inner);
        let mut sums: Vec<_> = counts
            .iter()
            .map(|(layer, count)| (layer, count, count.refused.swap(0, Ordering::Relaxed)))
            .filter(|(.., refused)| *refused > 0)
            .collect();
        sums.sort_by(|(one, ..), (other, ..)| one.name().cmp(other.name()));
        let within = now.since(since).as_secs_f64();
        for (layer, count, refused) in sums {
            let calls = if refused == 1 { "call" } else { "calls" };
            warn!(
                target: "seawall::refusals",
                namespace = count.namespace.as_deref(),
                name = layer.name().as_str(),
                component = layer.component().as_str(),
                refused,
                within_s = within,
                "{layer} has refused {refused} {calls} within {within:.1} s"
            );
        }
    }
}
