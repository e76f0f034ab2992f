use super::{KeyStatus, Limiter};
use crate::{Guarded, MaybeKey};

/// What can be done with a key of a rate limiter besides sending a call through.
impl<L: Limiter, K: MaybeKey, C> Guarded<'_, L, K, C> {
    /// What is left for the key, and whether the cost would be let through now. Takes nothing.
    pub fn peek(self) -> KeyStatus {
        self.with_call(L::peek)
    }

    /// Gives the cost back to the key: what it was taken for did not happen. There are never more
    /// tokens than the limit. Who refunds more than was taken lets more through than the rule.
    pub fn refund(self) {
        self.with_call(L::refund);
    }

    /// Forgets all that the key has spent.
    pub fn reset(self) {
        self.with_call(L::reset);
    }

    /// Takes all that is left for the key and says how many tokens that was.
    pub fn exhaust(self) -> u64 {
        self.with_call(L::exhaust)
    }
}
