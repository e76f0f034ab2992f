use std::fmt;

use self::bytes::Bytes;
use self::hash::Hashing;
use self::readable::Readable;

mod bytes;
mod hash;
mod network;
mod overflow;
mod owned;
mod parts;
mod readable;
mod room;
mod seed;
mod sink;

pub use self::hash::KeyHash;
pub use self::network::Network;
pub use self::overflow::KeyOverflow;
pub(crate) use self::owned::OwnedKey;
pub use self::parts::KeyParts;
pub use self::room::KeyRoom;
pub use self::seed::KeySeed;
pub use self::sink::{Encoded, KeySink, WholeKeySink};

/// What a call is counted under: a user, a tenant, a host, or several of these together.
///
/// A key is a list of parts, like `("user", 123, "api")`; a single value is a list of one. Its encoding
/// is injective: every part carries its type, and its length where that varies. So `("a:b", "c")` and
/// `("a", "b:c")` are two keys, and so are `1` and `"1"`. Integers are equal by value, whatever their
/// width. See [`KeyParts`] for what a part can be.
///
/// A key only borrows its parts. Stores keep a [`KeyHash`] of it, never the parts themselves, which may
/// be personal data. `Debug` hides them too; [`Key::reveal`] shows them.
#[derive(Clone, Copy)]
pub struct Key<'a>(&'a (dyn KeyParts + Send + Sync));

impl<'a> Key<'a> {
    /// Creates the key made of `parts`.
    #[inline]
    #[must_use]
    pub fn new(parts: &'a (dyn KeyParts + Send + Sync)) -> Self {
        Self(parts)
    }

    /// Returns the key's hash under `seed`. Does not allocate.
    #[inline]
    #[must_use]
    pub fn hash(&self, seed: &KeySeed) -> KeyHash {
        self.hash_prefix(usize::MAX, seed)
    }

    /// Returns the hash of the first `max_parts` parts under `seed`. All keys that begin with the same
    /// parts share it, and so does the key that has these parts alone: with one part, `("acme", "ann")`
    /// hashes as `"acme"` does. Does not allocate.
    #[inline]
    #[must_use]
    pub fn hash_prefix(&self, max_parts: usize, seed: &KeySeed) -> KeyHash {
        let mut sink = Hashing::new(seed, max_parts);
        // Zero parts are the same key whatever it is, also where it has one part.
        let key: &dyn KeyParts = if max_parts == 0 { &() } else { self.0 };
        let _encoded = key.encode_key(WholeKeySink(&mut sink));
        sink.finish()
    }

    /// Returns the key's encoding, which no other key has.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.prefix_to_bytes(usize::MAX)
    }

    /// Returns the encoding of the first `max_parts` parts. All keys that begin with the same parts share
    /// it, and so does the key that has these parts alone, as with [`hash_prefix`](Self::hash_prefix).
    #[must_use]
    pub fn prefix_to_bytes(&self, max_parts: usize) -> Vec<u8> {
        let mut sink = Bytes::new(max_parts);
        let key: &dyn KeyParts = if max_parts == 0 { &() } else { self.0 };
        let _encoded = key.encode_key(WholeKeySink(&mut sink));
        sink.finish()
    }

    /// Returns the key as people read it: `user/123/api`. Not injective, and may be personal data.
    #[must_use]
    pub fn reveal(&self) -> String {
        let mut sink = Readable::default();
        let _encoded = self.0.encode_key(WholeKeySink(&mut sink));
        sink.finish()
    }
}

/// A key is its own parts.
impl KeyParts for Key<'_> {
    fn encode(&self, sink: KeySink<'_>) -> Encoded {
        self.0.encode(sink)
    }

    fn encode_key(&self, sink: WholeKeySink<'_>) -> Encoded {
        self.0.encode_key(sink)
    }
}

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}
