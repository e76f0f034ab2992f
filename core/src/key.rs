use std::fmt;

use self::prefix::Prefix;
use self::sink::{Bytes, Hashing, Readable};

mod parts;
mod prefix;
mod sink;

pub use self::parts::KeyParts;
pub use self::sink::KeySink;

/// What a call is counted under: a user, a tenant, a host, or several of these together.
///
/// A key is a composite, `("user", 123, "api")`, and its encoding is injective: every part carries
/// its type, and its length where that varies. So `("a:b", "c")` and `("a", "b:c")` are two keys,
/// and so are `1` and `"1"`. Integers are equal by value, whatever their width.
///
/// A key only borrows its parts. Stores keep a [`KeyHash`] of it, never the parts themselves, which
/// may be personal data: `Debug` hides them too, and [`Key::reveal`] has to be asked for.
#[derive(Clone, Copy)]
pub struct Key<'a>(&'a (dyn KeyParts + Sync));

impl<'a> Key<'a> {
    /// The key made of `parts`.
    #[must_use]
    pub fn new(parts: &'a (dyn KeyParts + Sync)) -> Self {
        Self(parts)
    }

    /// The key's hash under `seed`. Does not allocate.
    #[must_use]
    pub fn hash(&self, seed: &KeySeed) -> KeyHash {
        let mut sink = Hashing::new(seed);
        self.0.encode(&mut sink);
        sink.finish()
    }

    /// The hash of the first `most` parts under `seed`: the same for all keys that begin alike, as
    /// those of all users of a tenant do. A key of no more parts hashes as [`Key::hash`] does. Does
    /// not allocate.
    #[must_use]
    pub fn hash_first(&self, most: usize, seed: &KeySeed) -> KeyHash {
        let mut sink = Hashing::new(seed);
        self.0.encode(&mut Prefix::new(most, &mut sink));
        sink.finish()
    }

    /// The key's encoding, which no other key has.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut sink = Bytes::default();
        self.0.encode(&mut sink);
        sink.finish()
    }

    /// The key as a person reads it: `user/123/api`. Not injective, and may be personal data.
    #[must_use]
    pub fn reveal(&self) -> String {
        let mut sink = Readable::default();
        self.0.encode(&mut sink);
        sink.finish()
    }
}

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// The 128-bit SipHash-1-3 of a key under a secret seed.
///
/// Nobody without the seed can choose keys that collide, and by chance two of a billion keys
/// collide with probability 1.5 × 10⁻²¹, so a store can take the hash for the key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyHash(pub(crate) u128);

impl KeyHash {
    /// The hash as a number, evenly spread.
    #[must_use]
    pub const fn as_u128(self) -> u128 {
        self.0
    }

    /// The hash as two numbers, each evenly spread: the lower half first.
    #[must_use]
    pub const fn halves(self) -> (u64, u64) {
        #[allow(clippy::cast_possible_truncation, reason = "the other half is given too")]
        (self.0 as u64, (self.0 >> 64) as u64)
    }

    /// The hash that has these [`halves`](Self::halves).
    #[must_use]
    pub const fn from_halves(lower: u64, upper: u64) -> Self {
        Self((upper as u128) << 64 | lower as u128)
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyHash({:032x})", self.0)
    }
}

/// The secret under which keys are hashed.
#[derive(Clone)]
pub struct KeySeed([u8; 16]);

impl KeySeed {
    /// A seed that nobody can guess, from the standard library's source of them.
    #[must_use]
    pub fn random() -> Self {
        use std::hash::{BuildHasher, RandomState};
        let half = || RandomState::new().hash_one(0_u8).to_le_bytes();
        let mut seed = [0; 16];
        seed[..8].copy_from_slice(&half());
        seed[8..].copy_from_slice(&half());
        Self(seed)
    }

    /// A seed of one's own: for hashes that several processes share, or that a test repeats.
    #[must_use]
    pub const fn from_bytes(seed: [u8; 16]) -> Self {
        Self(seed)
    }
}

impl fmt::Debug for KeySeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySeed(…)")
    }
}
