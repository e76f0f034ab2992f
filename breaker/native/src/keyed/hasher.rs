use std::hash::{BuildHasherDefault, Hasher};

/// Hashes a [`KeyHash`](seawall_core::KeyHash) to itself, as it is evenly distributed already.
#[derive(Debug, Default)]
pub(crate) struct Hashed(u64);

pub(crate) type BuildHashed = BuildHasherDefault<Hashed>;

impl Hasher for Hashed {
    /// Takes the upper half; the lower one has chosen the shard.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "half of it will do")]
    fn write_u128(&mut self, hash: u128) {
        self.0 = (hash >> 64) as u64;
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}
