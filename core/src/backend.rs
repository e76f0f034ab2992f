use std::sync::Arc;

use crate::{Call, Entry, Exit, Layer, Status, Tick, Token};

/// A protection that decides: a circuit breaker, a rate limiter, a bulkhead. The SPI that backends
/// implement.
///
/// A backend is synchronous and keeps to itself: time is an argument, it emits nothing and spawns
/// nothing. The [`Driver`](crate::Driver) pairs every [`Entry::Go`] and [`Entry::GoAt`] with exactly
/// one [`exit`](Backend::exit), whatever becomes of the call: value, error, timeout, panic, or a
/// caller that goes away.
pub trait Backend: Send + Sync {
    /// What this is and what it is called.
    fn layer(&self) -> &Layer;

    /// May this call go on?
    fn enter(&self, call: &Call<'_>) -> Entry<'_>;

    /// The call that was admitted with `token` has ended. Must not block and must not panic.
    fn exit(&self, token: Token, exit: &Exit<'_>);

    /// What there is to say at `now`, changing nothing.
    fn status(&self, now: Tick) -> Status;
}

macro_rules! forward {
    ($($pointer:ty)*) => {$(
        impl<B: Backend + ?Sized> Backend for $pointer {
            #[inline]
            fn layer(&self) -> &Layer {
                (**self).layer()
            }

            #[inline]
            fn enter(&self, call: &Call<'_>) -> Entry<'_> {
                (**self).enter(call)
            }

            #[inline]
            fn exit(&self, token: Token, exit: &Exit<'_>) {
                (**self).exit(token, exit);
            }

            fn status(&self, now: Tick) -> Status {
                (**self).status(now)
            }
        }
    )*};
}

forward!(&B Box<B> Arc<B>);
