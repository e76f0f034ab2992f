use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use seawall_core::pool::PoolOptions;

use crate::books::Books;
use crate::gate::Gate;

/// What a pool and each of its slots have in common: the places, and the books about who has one.
pub(crate) struct Ledger {
    pub(crate) gate: Gate,
    pub(crate) books: Books,
    max_size: AtomicU32,
    max_overflow: u32,
    era: AtomicU64,
}

impl Ledger {
    pub(crate) fn new(options: &PoolOptions) -> Self {
        Self {
            gate: Gate::new(options.places(), options.max_waiting),
            books: Books::default(),
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

    pub(crate) fn resize(&self, max_size: u32) {
        self.max_size.store(max_size, Relaxed);
        self.gate.resize(self.places());
    }

    /// How many resources are more than the pool keeps.
    pub(crate) fn surplus(&self) -> u32 {
        let size = self.books.size();
        if size <= self.max_size() {
            return 0;
        }
        let has_use = self.max_overflow > 0 && self.gate.waiting() > 0;
        size.saturating_sub(if has_use { self.places() } else { self.max_size() })
    }

    /// A borrowed resource is idle. Or else it is more than the pool keeps, is not counted any more,
    /// and this says no. Overflow is kept while someone waits who will take it.
    pub(crate) fn returned(&self) -> bool {
        let has_use = self.max_overflow > 0 && self.gate.has_queue();
        self.books.returned(if has_use { self.places() } else { self.max_size() })
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
