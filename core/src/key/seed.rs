use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};

use siphasher::sip128::{Hasher128, SipHasher24};

/// The secret under which keys are hashed. Creating a seed takes some microseconds, hashing a key some
/// nanoseconds: so create one and keep it.
#[derive(Clone)]
pub struct KeySeed {
    /// The factors of each word of a key, for each half of the hash.
    pub(super) factors: [[u128; 2]; WORDS],
    /// The initial value of each half.
    pub(super) begin: [u128; 2],
    /// The factors of the two words that all further words are hashed to, by SipHash under `secret`.
    pub(super) rest: [[u128; 2]; 2],
    pub(super) secret: [u8; 16],
}

/// The number of words that are hashed the fast way: about 150 bytes of text.
pub(super) const WORDS: usize = 20;

impl KeySeed {
    /// Creates a seed that cannot be guessed, from the standard library's source of random seeds.
    #[must_use]
    pub fn random() -> Self {
        let half = || RandomState::new().hash_one(0_u8).to_le_bytes();
        let mut seed = [0; 16];
        seed[..8].copy_from_slice(&half());
        seed[8..].copy_from_slice(&half());
        Self::from_bytes(seed)
    }

    /// Creates a fixed seed, for tests whose hashes are to be the same in each run.
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
