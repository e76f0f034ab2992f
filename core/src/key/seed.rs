use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};

use siphasher::sip128::{Hasher128, SipHasher24};

/// The secret under which keys are hashed. To make one takes some microseconds and to hash takes some
/// nanoseconds: so make one, and keep it.
#[derive(Clone)]
pub struct KeySeed {
    /// What each word of a key is multiplied by, for each half of the hash.
    pub(super) factors: [[u128; 2]; WORDS],
    /// What a hash begins with.
    pub(super) begin: [u128; 2],
    /// For what comes after these words, and is hashed to two more.
    pub(super) rest: [[u128; 2]; 2],
    pub(super) secret: [u8; 16],
}

/// So many words of a key are hashed the fast way: some 150 bytes of text.
pub(super) const WORDS: usize = 20;

impl KeySeed {
    /// A seed that nobody can guess, from the standard library's source of them.
    #[must_use]
    pub fn random() -> Self {
        let half = || RandomState::new().hash_one(0_u8).to_le_bytes();
        let mut seed = [0; 16];
        seed[..8].copy_from_slice(&half());
        seed[8..].copy_from_slice(&half());
        Self::from_bytes(seed)
    }

    /// A seed of one's own: for hashes that a test repeats.
    #[must_use]
    pub fn from_bytes(seed: [u8; 16]) -> Self {
        let mut count = 0_u64;
        let mut next = || {
            count += 1;
            let mut hasher = SipHasher24::new_with_key(&seed);
            hasher.write_u64(count);
            hasher.finish128().as_u128()
        };
        let mut pair = || [next(), next()];
        Self {
            factors: [(); WORDS].map(|()| pair()),
            begin: pair(),
            rest: [pair(), pair()],
            secret: next().to_le_bytes(),
        }
    }
}

impl fmt::Debug for KeySeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySeed(…)")
    }
}
