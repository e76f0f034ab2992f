use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher13};

use super::Share;
use crate::policy::Chance;
use crate::{Key, KeySeed, Layer};

/// Chooses the calls that a layer is enforced for.
pub(super) struct Selection {
    /// The same for all layers of this kind and name, in every process.
    seed: KeySeed,
    chance: Chance,
}

impl Selection {
    pub(super) fn new(layer: &Layer) -> Self {
        let mut hasher = SipHasher13::new();
        hasher.write(layer.component().as_str().as_bytes());
        hasher.write_u8(0);
        hasher.write(layer.name().as_str().as_bytes());
        let seed = KeySeed::from_bytes(hasher.finish128().as_bytes());
        Self { seed, chance: Chance::random() }
    }

    /// Returns true if the share has calls with `key`, or by chance, without one.
    pub(super) fn has(&self, share: Share, key: Option<Key<'_>>) -> bool {
        let random = match key {
            Some(key) => key.hash(&self.seed).halves().0,
            None => self.chance.next(),
        };
        share.includes(random)
    }
}
