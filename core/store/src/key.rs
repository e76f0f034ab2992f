use std::fmt;
use std::hash::Hasher as _;

use seawall_core::Key;
use siphasher::sip128::{Hasher128 as _, SipHasher24};

/// The secret under which keys are hashed before they go to a store. All instances that share limits must
/// have the same one.
///
/// Without it, a hash in the store can be compared with that of a key that someone guesses, such as a user's
/// number.
#[derive(Clone, PartialEq, Eq)]
pub struct KeySecret([u8; 16]);

/// The name of a state in a store: `seawall:1:` and 32 hexadecimal digits.
///
/// It has a fixed length, nothing of the key itself, and one slot in a cluster.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct StoreKey(String);

impl KeySecret {
    /// Creates the secret that `text` stands for, any text of any length.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut hasher = SipHasher24::new_with_key(b"seawall:1:secret");
        hasher.write(text.as_bytes());
        Self(hasher.finish128().as_bytes())
    }

    /// Returns the name of what `script` keeps for `component` and `key`; `None` is the key of calls
    /// without one.
    #[must_use]
    pub fn name(&self, script: &str, component: &str, key: Option<Key<'_>>) -> StoreKey {
        self.name_prefix(script, component, key, usize::MAX)
    }

    /// Does the same with the first `max_parts` parts of the key.
    #[must_use]
    pub fn name_prefix(
        &self,
        script: &str,
        component: &str,
        key: Option<Key<'_>>,
        max_parts: usize,
    ) -> StoreKey {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        for text in [script, component] {
            hasher.write_u64(text.len() as u64);
            hasher.write(text.as_bytes());
        }
        match key {
            None => hasher.write_u8(0),
            Some(key) => {
                hasher.write_u8(1);
                hasher.write(&key.prefix_to_bytes(max_parts));
            }
        }
        StoreKey(format!("seawall:1:{:032x}", hasher.finish128().as_u128()))
    }
}

impl StoreKey {
    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for KeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySecret(…)")
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_by_script_component_key_and_secret() {
        let secret = KeySecret::new("one");
        let user = ("user", 7);
        let names = [
            secret.name("tokens", "api", None),
            secret.name("tokens", "api", Some(Key::new(&user))),
            secret.name("permits", "api", None),
            secret.name("tokens", "ap", Some(Key::new(&"i"))),
            secret.name("tokensapi", "", None),
            KeySecret::new("two").name("tokens", "api", None),
        ];
        for (n, name) in names.iter().enumerate() {
            assert_eq!(name.as_str().len(), 42, "{name:?}");
            assert!(!names[..n].contains(name), "{name:?}");
        }
    }

    #[test]
    fn keys_that_begin_alike_have_one_name_by_their_prefix() {
        let secret = KeySecret::new("one");
        fn by_one(secret: &KeySecret, key: Key<'_>) -> StoreKey {
            secret.name_prefix("tokens", "api", Some(key), 1)
        }
        let whole = secret.name("tokens", "api", Some(Key::new(&"acme")));
        assert_eq!(by_one(&secret, Key::new(&("acme", "ann"))), whole);
        assert_eq!(by_one(&secret, Key::new(&"acme")), whole);
        assert_ne!(by_one(&secret, Key::new(&("ann", "acme"))), whole);
    }

    #[test]
    fn names_are_the_same_in_every_process() {
        let name = KeySecret::new("").name("tokens", "api", Some(Key::new(&"ann")));
        assert_eq!(name.as_str(), "seawall:1:7aefe8d1bbb8236cea45c6b52bab9177");
    }
}
