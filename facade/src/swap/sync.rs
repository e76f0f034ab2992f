//! Synchronization of the standard library, or of loom where loom runs the tests.

#[cfg(not(seawall_loom))]
pub(super) use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
#[cfg(not(seawall_loom))]
pub(super) use std::sync::{RwLock, RwLockReadGuard};

#[cfg(seawall_loom)]
pub(super) use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
#[cfg(seawall_loom)]
pub(super) use loom::sync::{RwLock, RwLockReadGuard};
