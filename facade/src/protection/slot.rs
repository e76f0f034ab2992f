use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use seawall_core::{Refusal, RefusalKind};

use super::{Handle, Snapshot};

/// The current version of a protection. Its handles keep the version that they were made with, and
/// come here only once that is superseded.
#[derive(Debug)]
pub(crate) struct Slot {
    /// The number of replacements.
    version: AtomicUsize,
    current: RwLock<Current>,
}

#[derive(Debug)]
struct Current {
    snapshot: Snapshot,
    is_closed: bool,
}

impl Slot {
    /// Creates a slot with `snapshot` as the current version, and its first handle.
    pub(crate) fn open(snapshot: Snapshot) -> Handle {
        let current = RwLock::new(Current { snapshot, is_closed: false });
        Handle::new(Arc::new(Self { version: AtomicUsize::new(0), current }))
    }

    /// Returns true if `version` is the current one.
    #[inline(always)]
    pub(super) fn is_at(&self, version: usize) -> bool {
        self.version.load(Ordering::Acquire) == version
    }

    /// Returns the current version and its number.
    #[cold]
    #[inline(never)]
    pub(super) fn current(&self) -> (Snapshot, usize) {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        (current.snapshot.clone(), self.version.load(Ordering::Acquire))
    }

    /// Makes `snapshot` the current version. Calls that have begun go on with theirs, which is freed
    /// once no handle and no call uses it. A closed slot stays as it is.
    pub(crate) fn replace(&self, snapshot: Snapshot) {
        self.change(|current| {
            if !current.is_closed {
                current.snapshot = snapshot;
            }
        });
    }

    /// Refuses all calls from now on, as shutting down.
    pub(crate) fn close(&self) {
        self.change(|current| {
            let refusal = Refusal::new(RefusalKind::ShuttingDown, current.snapshot.layer());
            current.snapshot = current.snapshot.clone().refusing(refusal);
            current.is_closed = true;
        });
    }

    fn change(&self, change: impl FnOnce(&mut Current)) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut current);
        self.version.fetch_add(1, Ordering::Release);
    }
}
