//! Locks and atomics: the standard library's, or loom's where loom runs the tests.

use std::sync::PoisonError;

#[cfg(not(seawall_loom))]
pub(crate) use std::sync::atomic::{AtomicU64, Ordering};
#[cfg(not(seawall_loom))]
pub(crate) use std::sync::{Mutex, MutexGuard};

#[cfg(seawall_loom)]
pub(crate) use loom::sync::atomic::{AtomicU64, Ordering};
#[cfg(seawall_loom)]
pub(crate) use loom::sync::{Mutex, MutexGuard};

/// Locks `mutex`. A panic under a lock leaves nothing half done, so poisoning is ignored.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
