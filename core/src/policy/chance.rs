use std::hash::{BuildHasher, RandomState};

use crate::sync::{AtomicU64, Ordering};

/// Evenly distributed random numbers: `SplitMix64` (Steele, Lea and Flood, 2014).
pub(crate) struct Chance(AtomicU64);

impl Chance {
    pub(crate) fn random() -> Self {
        Self::seeded(RandomState::new().hash_one(0_u8))
    }

    pub(crate) fn seeded(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// Returns the next number.
    pub(crate) fn next(&self) -> u64 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let state = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

crate::__debug! { impl Chance }
