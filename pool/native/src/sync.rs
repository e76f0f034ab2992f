//! Reexports the standard library's synchronization types, or loom's when loom runs the tests.

#[cfg(not(seawall_loom))]
pub(crate) use std::sync::{Mutex, MutexGuard};

#[cfg(seawall_loom)]
pub(crate) use loom::sync::{Mutex, MutexGuard};
