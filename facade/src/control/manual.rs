use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use seawall_core::{Component, ControlAction, Limiter, Status, Tick};

use super::apply::Target;
use super::changed::Changed;
use super::entry::{Entry, Way};
use super::in_front::{ForcedKey, ForcedOpen, InFront, Mode};
use crate::AnyLayer;

/// All manual control that is in effect, whatever becomes of the components: a reload that starts one
/// anew puts it under the same control.
#[derive(Default)]
pub(crate) struct Manual {
    /// In the order in which it was done. Of one component and key, there is at most one entry that
    /// forces it and one that resizes it.
    entries: Mutex<Vec<Entry>>,
    pub(super) changed: Changed,
}

impl Manual {
    /// Returns what has to be done in front of a layer, if anything has. One that `is_new` has not been
    /// told yet what it does itself, and is forced from its first call on.
    pub(crate) fn in_front(
        &self,
        component: Component,
        name: &str,
        layer: &AnyLayer,
        limiter: Option<&Arc<dyn Limiter>>,
        is_new: bool,
    ) -> Option<Arc<InFront>> {
        let entries = self.entries();
        let in_front = entries.iter().filter(|entry| entry.is_of(component, name));
        let (mut all, mut keys) = (None, Vec::new());
        for entry in in_front.filter(|entry| is_new || entry.way == Way::InFront) {
            let Some(mode) = mode(entry) else { continue };
            match &entry.key {
                Some(key) => keys.push((ForcedKey::new(key.as_key()), mode)),
                None => all = Some(mode),
            }
        }
        match (&all, &*keys) {
            (None, []) => None,
            _ => Some(Arc::new(InFront::new(layer.clone(), limiter.cloned(), all, keys))),
        }
    }

    /// Returns `status` with the manual control that the component is under.
    pub(crate) fn show(&self, status: Status, now: Tick) -> Status {
        let entries = self.entries();
        let (component, name) = (status.layer.component(), status.layer.name().clone());
        let of_it = entries.iter().filter(|entry| entry.is_of(component, &name));
        of_it.fold(status, |status, entry| status.with_control(entry.status(now)))
    }

    /// Returns what a component does itself, in the order in which it has to be done.
    pub(super) fn native(&self, component: Component, name: &str) -> Vec<Entry> {
        let mut entries = self.of(component, name);
        entries.retain(|entry| entry.way == Way::Native);
        // What is done to all changes every key.
        entries.sort_by_key(|entry| entry.key.is_some());
        entries
    }

    /// Puts `entry` in the place of the one that it replaces, if that is still there.
    pub(super) fn replace(&self, entry: Entry) -> bool {
        let mut entries = self.entries();
        let Some(at) = entries.iter().position(|other| other.is_replaced_by(&entry)) else {
            return false;
        };
        entries[at] = entry;
        drop(entries);
        self.changed.set();
        true
    }

    /// Adds `entry` in place of the one that it replaces, which is returned.
    pub(super) fn put(&self, entry: Entry) -> Option<Entry> {
        let mut entries = self.entries();
        let at = entries.iter().position(|other| other.is_replaced_by(&entry));
        let replaced = at.map(|at| entries.remove(at));
        entries.push(entry);
        drop(entries);
        self.changed.set();
        replaced
    }

    /// Removes and returns all entries that are meant.
    pub(super) fn take(&self, is_meant: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let taken: Vec<_> = self.entries().extract_if(.., |entry| is_meant(entry)).collect();
        self.changed.set();
        taken
    }

    /// Returns the entries of a component.
    pub(super) fn of(&self, component: Component, name: &str) -> Vec<Entry> {
        let entries = self.entries();
        entries.iter().filter(|entry| entry.is_of(component, name)).cloned().collect()
    }

    /// Sets the entries of a component.
    pub(super) fn set(&self, component: Component, name: &str, of_it: Vec<Entry>) {
        let mut entries = self.entries();
        entries.retain(|entry| !entry.is_of(component, name));
        entries.extend(of_it);
        drop(entries);
        self.changed.set();
    }

    /// Returns the time at which the next entry ends by itself.
    pub(super) fn next_expiry(&self) -> Option<Tick> {
        self.entries().iter().filter_map(|entry| entry.until).min()
    }

    /// Returns the components with entries that are meant, each once.
    pub(super) fn targets(&self, is_meant: impl Fn(&Entry) -> bool) -> Vec<Target> {
        let mut targets: Vec<Target> = Vec::new();
        for entry in self.entries().iter().filter(|entry| is_meant(entry)) {
            let target = Target { component: entry.component, name: entry.name.clone() };
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        targets
    }

    /// Returns a number that every change of an entry increases.
    pub(super) fn version(&self) -> u64 {
        self.changed.count()
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns what has to be done in front of a layer that does not force itself.
fn mode(entry: &Entry) -> Option<Mode> {
    Some(match entry.action {
        ControlAction::ForceOpen => {
            let (by, reason) = (entry.by.clone(), entry.reason.clone());
            Mode::Open(Arc::new(ForcedOpen { by, reason }))
        }
        ControlAction::ForceClosed => Mode::Closed,
        ControlAction::Observe => Mode::Observe,
        _ => return None,
    })
}
