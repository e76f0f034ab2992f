//! What threads share: the standard library's, or loom's where loom runs the tests.

#[cfg(not(seawall_loom))]
pub(crate) use std::sync::{Mutex, MutexGuard};

#[cfg(seawall_loom)]
pub(crate) use loom::sync::{Mutex, MutexGuard};
