//! What threads share: the standard library's, or loom's where loom runs the tests.

#[cfg(not(seawall_loom))]
pub(crate) use std::sync::atomic::{AtomicU64, Ordering};
#[cfg(not(seawall_loom))]
pub(crate) use std::sync::{Mutex, MutexGuard};

#[cfg(seawall_loom)]
pub(crate) use loom::sync::atomic::{AtomicU64, Ordering};
#[cfg(seawall_loom)]
pub(crate) use loom::sync::{Mutex, MutexGuard};

use std::sync::PoisonError;

/// No code panics while holding one of these locks; if one did, what it guards is still whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
