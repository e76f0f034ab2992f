//! Rate limiters: protections that count what was asked of them.

use std::sync::Arc;

use crate::{Backend, Call};

mod guarded;
mod headers;
mod key_status;

pub use self::headers::RateLimitHeaders;
pub use self::key_status::KeyStatus;

/// What a rate limiter can do besides letting calls through: the SPI of this kind of backend.
///
/// Each method takes a [`Call`], which has the key, the cost in tokens, and the time. A call without
/// a key is counted apart from all keys.
///
/// Users reach these through [`Guarded`](crate::Guarded): `driver.protect(&limiter).key(k).peek()`.
pub trait Limiter: Backend {
    /// What is left for the call's key, and whether its cost would be let through now. Changes
    /// nothing.
    fn peek(&self, call: &Call<'_>) -> KeyStatus;

    /// Gives the call's cost back to its key: what it was taken for did not happen. There are never
    /// more tokens than the limit.
    ///
    /// Unlike what an unused call gets back, nobody checks that they had been taken: who refunds
    /// more than was taken lets more through than the rule.
    fn refund(&self, call: &Call<'_>);

    /// Forgets all that the call's key has spent. Its cost does not matter.
    fn reset(&self, call: &Call<'_>);

    /// Takes all that is left for the call's key and says how many tokens that was. Its cost does
    /// not matter.
    fn exhaust(&self, call: &Call<'_>) -> u64;
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
        }
    )*};
}

forward!(&L Box<L> Arc<L>);
