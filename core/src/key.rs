use std::fmt;

use self::hash::Hashing;
use self::prefix::Prefix;
use self::sink::{Bytes, Readable};

mod hash;
mod overflow;
mod parts;
mod prefix;
mod room;
mod seed;
mod sink;

pub use self::hash::KeyHash;
pub use self::overflow::KeyOverflow;
pub use self::parts::KeyParts;
pub use self::room::KeyRoom;
pub use self::seed::KeySeed;
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
    #[inline]
    #[must_use]
    pub fn new(parts: &'a (dyn KeyParts + Sync)) -> Self {
        Self(parts)
    }

    /// The key's hash under `seed`. Does not allocate.
    #[inline]
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
    pub fn hash_prefix(&self, most: usize, seed: &KeySeed) -> KeyHash {
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
