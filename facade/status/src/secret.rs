use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use siphasher::sip128::{Hasher128, SipHasher24};

/// A secret of one page, from which tokens and nonces are made.
pub(crate) struct Secret {
    key: [u8; 16],
    nonces: AtomicU64,
}

impl Secret {
    /// Creates a secret that cannot be guessed, from the standard library's source of random seeds.
    pub(crate) fn random() -> Self {
        let half = || RandomState::new().hash_one(0_u8);
        let key = (u128::from(half()) << 64 | u128::from(half())).to_le_bytes();
        Self { key, nonces: AtomicU64::new(0) }
    }

    /// Returns the token of an operator, for as long as the page exists.
    pub(crate) fn token(&self, operator: &str) -> String {
        self.tag("token", operator.as_bytes())
    }

    /// Returns true if `token` is that of the operator. Takes the same time wherever they differ.
    pub(crate) fn is_token(&self, operator: &str, token: &[u8]) -> bool {
        let expected = self.token(operator);
        let differing =
            expected.bytes().zip(token).fold(0, |all, (one, other)| all | (one ^ other));
        expected.len() == token.len() && differing == 0
    }

    /// Returns a number that no page has had before.
    pub(crate) fn nonce(&self) -> String {
        self.tag("nonce", &self.nonces.fetch_add(1, Ordering::Relaxed).to_le_bytes())
    }

    fn tag(&self, purpose: &str, of: &[u8]) -> String {
        let mut hasher = SipHasher24::new_with_key(&self.key);
        hasher.write(purpose.as_bytes());
        hasher.write_u8(0);
        hasher.write(of);
        format!("{:032x}", hasher.finish128().as_u128())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_of_one_operator_and_one_page() {
        let (secret, other) = (Secret::random(), Secret::random());
        let token = secret.token("ann");
        assert!(secret.is_token("ann", token.as_bytes()));
        assert!(!secret.is_token("bob", token.as_bytes()));
        assert!(!other.is_token("ann", token.as_bytes()));
        assert!(!secret.is_token("ann", b"") && !secret.is_token("ann", &token.as_bytes()[1..]));
        assert_ne!(secret.nonce(), secret.nonce());
    }
}
