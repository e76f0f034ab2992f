use std::sync::{Arc, PoisonError};

use super::gate::Gate;
use super::sync::{AtomicBool, AtomicUsize, Ordering, RwLock};

/// A value whose clones are the same: a shared pointer.
pub(crate) trait Same: Clone {
    /// Returns true if `other` is a clone of this value.
    fn is(&self, other: &Self) -> bool;
}

impl<T> Same for Arc<T> {
    fn is(&self, other: &Self) -> bool {
        Self::ptr_eq(self, other)
    }
}

/// The current value under a name. Its [readers](super::Reader) keep the value that they were made
/// with, and come here only once that is superseded.
#[derive(Debug)]
pub(crate) struct Slot<T> {
    /// The number of replacements.
    version: AtomicUsize,
    current: RwLock<T>,
    is_asked: AtomicBool,
    is_held: AtomicBool,
    gate: Arc<Gate>,
}

impl<T: Same> Slot<T> {
    pub(crate) fn new(value: T, gate: Arc<Gate>) -> Self {
        let (version, current) = (AtomicUsize::new(0), RwLock::new(value));
        let (is_asked, is_held) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { version, current, is_asked, is_held, gate }
    }

    /// Returns true if `version` is the current one.
    #[inline(always)]
    pub(super) fn is_at(&self, version: usize) -> bool {
        self.version.load(Ordering::Acquire) == version
    }

    #[inline]
    pub(super) fn version(&self) -> usize {
        self.version.load(Ordering::Acquire)
    }

    /// Returns the current value and the number of its version.
    pub(crate) fn current(&self) -> (T, usize) {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        (current.clone(), self.version())
    }

    /// Notes that code relies on the name. Waits until no change is under way.
    pub(crate) fn ask(&self) {
        if !self.is_asked() {
            let _wait = self.gate.wait();
            self.is_asked.store(true, Ordering::Relaxed);
        }
    }

    /// Returns true if code relies on the name.
    pub(crate) fn is_asked(&self) -> bool {
        self.is_asked.load(Ordering::Relaxed)
    }

    /// Returns the current value, and notes that code keeps it, whatever takes its place. Waits until no
    /// change is under way.
    pub(crate) fn hold(&self) -> T {
        let _wait = self.gate.wait();
        self.is_asked.store(true, Ordering::Relaxed);
        self.is_held.store(true, Ordering::Relaxed);
        self.current().0
    }

    /// Returns true if code keeps a value.
    pub(crate) fn is_held(&self) -> bool {
        self.is_held.load(Ordering::Relaxed)
    }

    /// Makes `value` the current one. Calls that have begun go on with theirs, which is freed once no
    /// reader and no call uses it. Within a [change](Gate::change), others see it with the rest of that.
    pub(crate) fn replace(&self, value: T) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let superseded = std::mem::replace(&mut *current, value);
        self.version.fetch_add(1, Ordering::Release);
        drop(current);
        drop(superseded);
    }
}
