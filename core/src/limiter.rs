//! Rate limiters: protections that count the cost of calls.

use std::sync::Arc;

use crate::{Backend, Call, Entry, Exit, Verdict};

mod guarded;
mod headers;
mod key_status;
mod limit;

pub use self::headers::RateLimitHeaders;
pub use self::key_status::KeyStatus;
pub use self::limit::Limit;

/// A rate limiter as the driver sees it: what it can do besides admitting calls.
///
/// Each method takes a [`Call`], which has the key, the cost in tokens and the time. Calls without a key
/// have a count of their own.
///
/// Users reach these through [`Guarded`](crate::Guarded): `driver.protect(&limiter).key(k).peek()`.
pub trait Limiter: Backend {
    /// Returns what is left for the call's key, and whether the call would be admitted now. Changes
    /// nothing.
    fn peek(&self, call: &Call<'_>) -> KeyStatus;

    /// Gives the call's cost back to its key, up to the limit, because what it was taken for did not
    /// happen.
    ///
    /// Unlike the exit of an unused call, this does not check that the cost was taken: refunding more
    /// than was taken admits more than the rule.
    fn refund(&self, call: &Call<'_>);

    /// Resets the call's key to unused. The cost does not matter.
    fn reset(&self, call: &Call<'_>);

    /// Takes all tokens left for the call's key and returns their number. The cost does not matter.
    fn exhaust(&self, call: &Call<'_>) -> u64;

    /// Takes the call's cost from its key, whether as many tokens are left or not: what is missing is
    /// owed, and later calls wait until it has flowed in.
    ///
    /// The default takes what is left and owes nothing.
    fn charge(&self, call: &Call<'_>) {
        match self.enter(call) {
            Entry::Go(token) | Entry::GoAt(token, _) => {
                let exit = Exit::at(call.now(), Verdict::Success).with_cost(call.cost());
                self.exit(token, &exit);
            }
            _ => {
                self.exhaust(call);
            }
        }
    }
}

macro_rules! forward {
    ($($pointer:ty)*) => {$(
        #[deny(clippy::missing_trait_methods, reason = "a default must not hide a method")]
        impl<L: Limiter + ?Sized> Limiter for $pointer {
            fn peek(&self, call: &Call<'_>) -> KeyStatus {
                (**self).peek(call)
            }

            fn refund(&self, call: &Call<'_>) {
                (**self).refund(call);
            }

            fn reset(&self, call: &Call<'_>) {
                (**self).reset(call);
            }

            fn exhaust(&self, call: &Call<'_>) -> u64 {
                (**self).exhaust(call)
            }

            fn charge(&self, call: &Call<'_>) {
                (**self).charge(call);
            }
        }
    )*};
}

forward!(&L Box<L> Arc<L>);
