use std::sync::{Mutex, MutexGuard, PoisonError};

use seawall::{Change, Component, Detail, Event, Layer, Observer, Tick};

/// Listens to what Seawall says: who refuses, and what changes its state.
#[derive(Debug, Default)]
pub(crate) struct Telemetry(Mutex<Heard>);

#[derive(Debug, Default)]
struct Heard {
    refusals: Vec<Component>,
    changes: Vec<Changed>,
}

/// A change of state.
#[derive(Clone, Debug)]
pub(crate) struct Changed {
    pub(crate) at: Tick,
    pub(crate) layer: Layer,
    pub(crate) change: Change,
}

impl Telemetry {
    /// How many calls were refused by layers of this kind.
    pub(crate) fn refusals_by(&self, component: Component) -> usize {
        self.heard().refusals.iter().filter(|by| **by == component).count()
    }

    /// How many calls were refused.
    pub(crate) fn refusals(&self) -> usize {
        self.heard().refusals.len()
    }

    /// All changes but the first `known`.
    pub(crate) fn changes_since(&self, known: usize) -> Vec<Changed> {
        self.heard().changes[known..].to_vec()
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Telemetry {
    fn observe(&self, event: &Event<'_>) {
        match event.detail {
            Detail::Refused(refusal) => self.heard().refusals.push(refusal.by().component()),
            Detail::Changed(change) => {
                let changed = Changed { at: event.at, layer: event.layer.clone(), change };
                self.heard().changes.push(changed);
            }
            _ => {}
        }
    }
}
