use std::hash::Hasher;

use seawall_core::Key;
use siphasher::sip128::{Hasher128, SipHasher13};

/// Returns the hash by which a journal knows a key, as 32 hexadecimal digits (SipHash-1-3 with 128 bits
/// and a key of zeros). It is the same in every process, so that events of before a restart are found.
///
/// It hides nothing from a reader who can guess keys. Events have keys only if that was asked for:
/// [`Driver::with_keys_in_events`](seawall_core::Driver::with_keys_in_events).
///
/// ```
/// use seawall_core::Key;
/// use seawall_journal::{Query, hash_key};
///
/// let query = Query::new().key_hash(hash_key(&Key::new(&("customer", 7))));
/// ```
#[must_use]
pub fn hash_key(key: &Key<'_>) -> String {
    let mut hasher = SipHasher13::new();
    hasher.write(&key.to_bytes());
    format!("{:032x}", hasher.finish128().as_u128())
}
