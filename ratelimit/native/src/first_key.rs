use crate::meter::First;
use crate::order::visits;
use crate::sync::{AtomicU64, Mutex, Ordering, lock};

/// Remembers which shard may have the key that is forgotten first, so that a call that looks for room
/// need not look at all shards.
#[derive(Debug)]
pub(crate) struct FirstKey {
    /// How often a shard's rank went down: what is remembered holds until that changes.
    lowered: AtomicU64,
    last: Mutex<Found>,
}

/// In how many shards one call looks for room, where what is known of them does not hold any more:
/// kept keys were used since, or another thread was first.
pub(crate) const MAX_FOUND: usize = 8;

/// The shard with the least rank, as it was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    lowered: u64,
    pub(crate) shard: usize,
    pub(crate) rank: u64,
}

/// The least ranks of one shard's keys, readable without its lock. No key has a lower one.
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
    pub(crate) fn set(&self, first: First, rank: u64) -> bool {
        rank < self.0[first as usize].swap(rank, Ordering::AcqRel)
    }
}

impl FirstKey {
    pub(crate) fn new() -> Self {
        // No count of changes is as high, so this is looked for anew.
        let none = Found { lowered: u64::MAX, shard: 0, rank: 0 };
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

    /// Looks at the ranks of all shards, and remembers the least one. Returns the least ones, in order.
    pub(crate) fn find(&self, ranks: impl Iterator<Item = u64>) -> [Found; MAX_FOUND] {
        let lowered = self.lowered.load(Ordering::Acquire);
        let mut least = [Found { lowered, shard: 0, rank: u64::MAX }; MAX_FOUND];
        for (shard, rank) in ranks.enumerate() {
            visits::add(1);
            if rank < least[MAX_FOUND - 1].rank {
                let at = least.partition_point(|found| found.rank <= rank);
                least[at..].rotate_right(1);
                least[at] = Found { lowered, shard, rank };
            }
        }
        *lock(&self.last) = least[0];
        least
    }
}
