use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};

use super::{Handle, Slot};
use crate::registry::ByName;

/// A handle to each configured protection, so that a call by name borrows one. All clones of an
/// [`Infrastructure`](crate::Infrastructure) that were made at one version of the settings share it.
#[derive(Default)]
pub(crate) struct Table {
    handles: ByName<Handle>,
    is_superseded: AtomicBool,
}

impl Table {
    // Out of line and with a pointer for a result, which fits a register.
    #[inline(never)]
    pub(crate) fn find(&self, name: &str) -> Option<&Handle> {
        self.handles.get(name)
    }

    pub(crate) const fn handles(&self) -> &ByName<Handle> {
        &self.handles
    }
}

/// The current table, and all slots that closing has to reach.
pub(crate) struct Protections {
    current: RwLock<Arc<Table>>,
    /// Protections that code composed, and that may be gone.
    composed: RwLock<Vec<Weak<Slot>>>,
    is_closed: AtomicBool,
}

impl Protections {
    pub(crate) fn new(handles: ByName<Handle>) -> Self {
        let table = Table { handles, is_superseded: AtomicBool::new(false) };
        let (current, composed) = (RwLock::new(Arc::new(table)), RwLock::default());
        Self { current, composed, is_closed: AtomicBool::new(false) }
    }

    pub(crate) fn current(&self) -> Arc<Table> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns `table`, or the current one if that is superseded.
    pub(crate) fn refresh(&self, table: &Arc<Table>) -> Arc<Table> {
        match table.is_superseded.load(Ordering::Acquire) {
            false => Arc::clone(table),
            true => self.current(),
        }
    }

    /// Replaces the current version of the protection called `name`. Clones of the infrastructure that
    /// were made before keep the old one alive.
    pub(crate) fn replace(&self, name: &str, snapshot: super::Snapshot) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let Some(handle) = current.find(name) else { return };
        handle.slot().replace(snapshot);
        // Each clone has the current version of its protection.
        let handles = current.handles.clone();
        current.is_superseded.store(true, Ordering::Release);
        *current = Arc::new(Table { handles, is_superseded: AtomicBool::new(false) });
    }

    /// Keeps in mind that `handle` was composed in code.
    pub(crate) fn add_composed(&self, handle: &Handle) {
        let mut composed = self.composed.write().unwrap_or_else(PoisonError::into_inner);
        composed.retain(|slot| slot.strong_count() > 0);
        composed.push(Arc::downgrade(handle.slot()));
        if self.is_closed.load(Ordering::Acquire) {
            handle.slot().close();
        }
    }

    /// Refuses all calls from now on.
    pub(crate) fn close(&self) {
        let composed = self.composed.write().unwrap_or_else(PoisonError::into_inner);
        self.is_closed.store(true, Ordering::Release);
        composed.iter().filter_map(Weak::upgrade).for_each(|slot| slot.close());
        drop(composed);
        self.current().handles.values().for_each(|handle| handle.slot().close());
    }
}
