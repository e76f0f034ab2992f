use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use seawall_core::{Component, Refusal, RefusalKind};

use super::{Handle, Snapshot};
use crate::UnknownName;
use crate::registry::ByName;
use crate::swap::{Gate, Reader, Slot};

/// A handle to each configured protection, so that a call by name borrows one. A protection keeps its
/// slot, so that a table leads to the current version also after another table has superseded it.
#[derive(Debug, Default)]
pub(crate) struct Table(ByName<Handle>);

impl Table {
    // Out of line and with a pointer for a result, which fits a register.
    #[inline(never)]
    pub(crate) fn find(&self, name: &str) -> Option<&Handle> {
        self.0.get(name)
    }

    pub(crate) const fn handles(&self) -> &ByName<Handle> {
        &self.0
    }
}

/// The current table, and all slots that closing has to reach.
#[derive(Debug)]
pub(crate) struct Protections {
    gate: Arc<Gate>,
    table: Arc<Slot<Arc<Table>>>,
    /// Those of protections that were removed, too, as long as a table leads to them.
    slots: Mutex<BTreeMap<Box<str>, Weak<Slot<Snapshot>>>>,
    /// Protections that code composed, and that may be gone.
    composed: Mutex<Vec<Weak<Slot<Snapshot>>>>,
    is_closed: AtomicBool,
}

impl Protections {
    pub(crate) fn new() -> Self {
        let gate = Arc::new(Gate::new());
        let table = Arc::new(Slot::new(Arc::default(), Arc::clone(&gate)));
        let (slots, composed, is_closed) = Default::default();
        Self { gate, table, slots, composed, is_closed }
    }

    /// Makes `snapshots` the protections that there are. Calls see all of that or nothing. One that is
    /// no longer among them refuses all calls.
    ///
    /// # Errors
    /// If code relies on one of those, with their names; then nothing has changed.
    pub(crate) fn set(&self, snapshots: ByName<Snapshot>) -> Result<(), Vec<Box<str>>> {
        let (table, _) = self.table.current();
        let removed = table.0.iter().filter(|(name, _)| !snapshots.contains_key(*name));
        let removed: Vec<_> = removed.collect();
        let mut slots = lock(&self.slots);
        slots.retain(|_, slot| slot.strong_count() > 0);
        self.gate.change(|| {
            let asked = removed.iter().filter(|(_, handle)| handle.slot().is_asked());
            let asked: Vec<_> = asked.map(|(name, _)| (*name).clone()).collect();
            if !asked.is_empty() {
                return Err(asked);
            }
            let names = || snapshots.keys().map(|name| &**name);
            for (name, handle) in removed {
                let unknown = UnknownName::new(Component::Protection, name, names());
                refuse(handle.slot(), unknown.into());
            }
            let handle = |(name, snapshot): (Box<str>, Snapshot)| {
                let slot = match slots.get(&name).and_then(Weak::upgrade) {
                    Some(slot) if slot.current().0.is(&snapshot) => slot,
                    Some(slot) => {
                        slot.replace(snapshot);
                        slot
                    }
                    None => Arc::new(Slot::new(snapshot, Arc::clone(&self.gate))),
                };
                slots.insert(name.clone(), Arc::downgrade(&slot));
                (name, Handle::in_table(slot))
            };
            let handles = snapshots.into_iter().map(handle).collect();
            self.table.replace(Arc::new(Table(handles)));
            Ok(())
        })
    }

    /// Returns a reader of the current table.
    pub(crate) fn table(&self) -> Reader<Arc<Table>> {
        Reader::new(Arc::clone(&self.table))
    }

    pub(crate) const fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }

    /// Opens a protection that code has composed.
    pub(crate) fn open(&self, snapshot: Snapshot) -> Handle {
        let slot = Arc::new(Slot::new(snapshot, Arc::clone(&self.gate)));
        let mut composed = lock(&self.composed);
        composed.retain(|slot| slot.strong_count() > 0);
        composed.push(Arc::downgrade(&slot));
        if self.is_closed.load(Ordering::Acquire) {
            close(&slot);
        }
        drop(composed);
        Handle::new(slot)
    }

    /// Refuses all calls from now on.
    pub(crate) fn close(&self) {
        let composed = lock(&self.composed);
        self.is_closed.store(true, Ordering::Release);
        self.gate.change(|| {
            composed.iter().filter_map(Weak::upgrade).for_each(|slot| close(&slot));
            self.table.current().0.handles().values().for_each(|handle| close(handle.slot()));
        });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Refuses all calls as shutting down.
fn close(slot: &Slot<Snapshot>) {
    let (snapshot, _) = slot.current();
    refuse(slot, Refusal::new(RefusalKind::ShuttingDown, snapshot.layer()));
}

fn refuse(slot: &Slot<Snapshot>, refusal: Refusal) {
    slot.replace(slot.current().0.refusing(refusal));
}
