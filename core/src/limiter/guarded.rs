use super::{KeyStatus, Limiter};
use crate::{Access, GuardedVia, MaybeKey};

/// What a rate limiter can do with a key besides admitting a call.
impl<L: Limiter, A: Access<Protection = L>, K: MaybeKey, C> GuardedVia<A, K, C> {
    /// Returns what is left for the key, and whether a call of this cost would be admitted now. Takes
    /// nothing.
    pub fn peek(self) -> KeyStatus {
        self.with_call(L::peek)
    }

    /// Gives the cost back to the key, up to its limit, because what it was taken for did not happen.
    ///
    /// Refunding more than was taken admits more than the rule.
    pub fn refund(self) {
        self.with_call(L::refund);
    }

    /// Resets the key to unused.
    pub fn reset(self) {
        self.with_call(L::reset);
    }

    /// Takes all tokens left for the key and returns their number.
    pub fn exhaust(self) -> u64 {
        self.with_call(L::exhaust)
    }

    /// Takes the cost from the key, whether as many tokens are left or not: for a cost that is known
    /// only when the call has ended. What is missing is owed, and later calls wait until it has flowed
    /// in.
    pub fn charge(self) {
        self.with_call(L::charge);
    }
}
