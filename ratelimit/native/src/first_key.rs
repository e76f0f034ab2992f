use seawall_core::Tick;

use crate::meter::First;
use crate::order::visits;
use crate::sync::{AtomicU64, Mutex, Ordering, lock};

/// Remembers which shard has the key that is forgotten first, so that a call that looks for room need
/// not look at all shards.
#[derive(Debug)]
pub(crate) struct FirstKey {
    /// How often a shard's rank went down: what is remembered holds until that changes.
    lowered: AtomicU64,
    last: Mutex<Found>,
}

/// The shard with the least rank, as it was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    lowered: u64,
    pub(crate) shard: usize,
    pub(crate) rank: u64,
    /// When a key with this rank is idle.
    pub(crate) at: Tick,
}

/// The ranks of one shard's first keys, readable without its lock.
#[derive(Debug)]
pub(crate) struct Ranks([AtomicU64; 2]);

impl Ranks {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(u64::MAX)))
    }

    #[inline]
    pub(crate) fn get(&self, first: First) -> u64 {
        self.0[first as usize].load(Ordering::Acquire)
    }

    /// Sets a rank; returns true if it is lower than before. The caller holds the shard's lock.
    #[inline]
    pub(crate) fn set(&self, first: First, rank: u64) -> bool {
        let cell = &self.0[first as usize];
        let before = cell.load(Ordering::Relaxed);
        if rank != before {
            cell.store(rank, Ordering::Release);
        }
        rank < before
    }
}

impl FirstKey {
    pub(crate) fn new() -> Self {
        // No count of changes is as high, so this is looked for anew.
        let none = Found { lowered: u64::MAX, shard: 0, rank: 0, at: Tick::ZERO };
        Self { lowered: AtomicU64::new(0), last: Mutex::new(none) }
    }

    /// Takes note that a shard's rank went down.
    pub(crate) fn lower(&self) {
        self.lowered.fetch_add(1, Ordering::AcqRel);
    }

    /// Returns what was found last, if no rank is lower now: that one may be higher.
    pub(crate) fn last(&self) -> Option<Found> {
        visits::add(1);
        let last = *lock(&self.last);
        (last.lowered == self.lowered.load(Ordering::Acquire)).then_some(last)
    }

    /// Looks at the ranks of all shards, and remembers the least one. `at` says when a rank in a
    /// shard is idle.
    pub(crate) fn find(
        &self,
        ranks: impl Iterator<Item = u64>,
        at: impl Fn(usize, u64) -> Tick,
    ) -> Found {
        let lowered = self.lowered.load(Ordering::Acquire);
        let ranks = ranks.inspect(|_| visits::add(1)).enumerate();
        let (shard, rank) = ranks.min_by_key(|(_, rank)| *rank).unwrap_or((0, u64::MAX));
        let found = Found { lowered, shard, rank, at: at(shard, rank) };
        *lock(&self.last) = found;
        found
    }
}
