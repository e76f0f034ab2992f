use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use seawall_core::{Detail, Event, Interest, Layer, Observer, Tick, Topic, error_text};

use super::HealthState;

/// What statuses do not have: since when something is as it is, and the last error of a component.
#[derive(Clone, Default)]
pub(crate) struct Known(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    since: HashMap<Layer, (HealthState, Tick)>,
    causes: HashMap<Layer, String>,
}

impl Known {
    /// Returns since when `layer` has been in `state`, as far as anyone looked.
    pub(super) fn since(&self, layer: &Layer, state: HealthState, now: Tick) -> Tick {
        let mut inner = self.lock();
        let known = inner.since.entry(layer.clone()).or_insert((state, now));
        if known.0 != state {
            *known = (state, now);
        }
        known.1
    }

    /// Forgets since when other layers than these have been in a state.
    pub(super) fn keep<'a>(&self, layers: impl Iterator<Item = &'a Layer>) {
        let layers: HashSet<&Layer> = layers.collect();
        self.lock().since.retain(|layer, _| layers.contains(layer));
    }

    pub(super) fn cause(&self, layer: &Layer) -> Option<String> {
        self.lock().causes.get(layer).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Known {
    fn observe(&self, event: &Event<'_>) {
        match (event.topic, &event.detail) {
            (Topic::ComponentDegraded, Detail::Degraded { cause: Some(cause), .. }) => {
                self.lock().causes.insert(event.layer.clone(), error_text(*cause));
            }
            (Topic::ComponentRecovered | Topic::ComponentRemoved | Topic::ComponentReplaced, _) => {
                let mut inner = self.lock();
                inner.causes.remove(event.layer);
                inner.since.remove(event.layer);
            }
            _ => (),
        }
    }

    fn interest(&self) -> Interest {
        Interest::Infrastructure
    }
}
