use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{OnceLock, Weak};

use seawall_core::pool::PoolOptions;

use crate::books::Books;
use crate::gate::Leave;

/// What a pool and each of its slots have in common: the books, and how many there may be.
pub(crate) struct Ledger {
    pub(crate) books: Books,
    /// The way out for who has a place and not the pool.
    exit: OnceLock<Weak<dyn Leave>>,
    max_size: AtomicU32,
    max_overflow: u32,
    era: AtomicU64,
}

impl Ledger {
    pub(crate) fn new(options: &PoolOptions) -> Self {
        Self {
            books: Books::default(),
            exit: OnceLock::new(),
            max_size: AtomicU32::new(options.max_size.get()),
            max_overflow: options.max_overflow,
            era: AtomicU64::new(0),
        }
    }

    pub(crate) fn max_size(&self) -> u32 {
        self.max_size.load(Relaxed)
    }

    pub(crate) fn max_overflow(&self) -> u32 {
        self.max_overflow
    }

    /// All places, overflow included.
    pub(crate) fn places(&self) -> u32 {
        self.max_size().saturating_add(self.max_overflow)
    }

    /// From now on, the pool keeps so many.
    pub(crate) fn resize(&self, max_size: u32) {
        self.max_size.store(max_size, Relaxed);
    }

    /// So many resources may be idle or borrowed in all; more if someone waits who has use for
    /// overflow.
    pub(crate) fn most(&self, someone_waits: impl FnOnce() -> bool) -> u32 {
        let has_use = self.max_overflow > 0 && someone_waits();
        if has_use { self.places() } else { self.max_size() }
    }

    /// Places are left by `exit` from now on.
    pub(crate) fn lead_out(&self, exit: Weak<dyn Leave>) {
        let first = self.exit.set(exit);
        debug_assert!(first.is_ok(), "the way out is set once");
    }

    /// Frees a place. One in a pool that is gone is nobody's.
    pub(crate) fn leave(&self) {
        if let Some(exit) = self.exit.get().and_then(Weak::upgrade) {
            exit.leave();
        }
    }

    /// The time, counted in checks that let their checkout wait.
    pub(crate) fn era(&self) -> u64 {
        self.era.load(Relaxed)
    }

    /// What comes back from now on comes back in a later era than all that came back before.
    pub(crate) fn begin_era(&self) -> u64 {
        self.era.fetch_add(1, Relaxed) + 1
    }
}
