use std::sync::{Mutex, MutexGuard, PoisonError};

use seawall::{Change, Component, Detail, Event, Layer, Observer, Tick};

/// Keeps refusals and changes of state from Seawall's events.
#[derive(Debug, Default)]
pub(crate) struct Telemetry(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
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
    /// Returns the number of calls that layers of this kind refused.
    pub(crate) fn refusals_by(&self, component: Component) -> usize {
        self.kept().refusals.iter().filter(|by| **by == component).count()
    }

    /// Returns the number of calls that were refused.
    pub(crate) fn refusals(&self) -> usize {
        self.kept().refusals.len()
    }

    /// Returns all changes after the first `known`.
    pub(crate) fn changes_since(&self, known: usize) -> Vec<Changed> {
        self.kept().changes[known..].to_vec()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Telemetry {
    fn observe(&self, event: &Event<'_>) {
        match event.detail {
            // The protection tells of the same refusal once more: it is counted at its layer.
            Detail::Refused(refusal) if event.layer == refusal.by() => {
                self.kept().refusals.push(refusal.by().component());
            }
            Detail::Changed(change) => {
                let changed = Changed { at: event.at, layer: event.layer.clone(), change };
                self.kept().changes.push(changed);
            }
            _ => {}
        }
    }
}
