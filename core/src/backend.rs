use std::sync::Arc;
use std::task::Waker;

use crate::{Call, Entry, Exit, Layer, Refusal, Status, Tick, Token};

/// A circuit breaker, a rate limiter, a bulkhead: the SPI of protections that admit or refuse calls.
///
/// A backend is synchronous. Time is an argument; it emits nothing and spawns nothing. The
/// [`Driver`](crate::Driver) pairs every [`Entry::Go`] and [`Entry::GoAt`] with exactly one
/// [`exit`](Backend::exit), however the call ends: with a value, an error, a timeout, a panic, or a
/// caller that goes away.
pub trait Backend: Send + Sync {
    /// Returns the backend's kind and name.
    fn layer(&self) -> &Layer;

    /// Admits `call`, refuses it, or makes it wait.
    fn enter(&self, call: &Call<'_>) -> Entry;

    /// Returns when a call that was admitted with [`Entry::GoAt`] may start, or the refusal if it no
    /// longer may. The driver asks while the call waits; once the answer is not after `now`, the call
    /// has started and the driver asks no more.
    ///
    /// `at` is the last answer, at first that of [`Entry::GoAt`]. A backend whose queue moves up when
    /// a waiter leaves keeps `waker` and wakes it when the call may start earlier than it last said.
    /// It may replace `token`; [`exit`](Self::exit) gets the last one, also after a refusal. The
    /// default is that the first answer holds.
    ///
    /// # Errors
    /// If the call may not start any more, or not in time.
    fn poll_start(
        &self,
        token: &mut Token,
        at: Tick,
        now: Tick,
        waker: &Waker,
    ) -> Result<Tick, Refusal> {
        let _ = (token, now, waker);
        Ok(at)
    }

    /// Counts a call that this backend made wait and that the driver refuses because its time is over.
    /// `token` is the call's, if the backend had admitted it; then [`exit`](Self::exit) follows. The
    /// default does nothing.
    fn expire(&self, token: Option<Token>) {
        let _ = token;
    }

    /// Ends the call that was admitted with `token`. Must not block and must not panic.
    fn exit(&self, token: Token, exit: &Exit<'_>);

    /// Returns true if an extra call, a retry or a hedge, may be sent like `call` now. Changes nothing; the
    /// extra call enters like any other. The default is true.
    ///
    /// A circuit breaker returns false unless its circuit is closed: calls that probe it are not to be
    /// retries.
    fn accepts_extra(&self, call: &Call<'_>) -> bool {
        let _ = call;
        true
    }

    /// Returns the status at `now`, and changes nothing.
    fn status(&self, now: Tick) -> Status;
}

macro_rules! forward {
    ($($pointer:ty)*) => {$(
        #[deny(clippy::missing_trait_methods, reason = "a default must not hide a method")]
        impl<B: Backend + ?Sized> Backend for $pointer {
            #[inline]
            fn layer(&self) -> &Layer {
                (**self).layer()
            }

            #[inline]
            fn enter(&self, call: &Call<'_>) -> Entry {
                (**self).enter(call)
            }

            fn poll_start(
                &self,
                token: &mut Token,
                at: Tick,
                now: Tick,
                waker: &Waker,
            ) -> Result<Tick, Refusal> {
                (**self).poll_start(token, at, now, waker)
            }

            #[inline]
            fn expire(&self, token: Option<Token>) {
                (**self).expire(token);
            }

            #[inline]
            fn exit(&self, token: Token, exit: &Exit<'_>) {
                (**self).exit(token, exit);
            }

            fn accepts_extra(&self, call: &Call<'_>) -> bool {
                (**self).accepts_extra(call)
            }

            fn status(&self, now: Tick) -> Status {
                (**self).status(now)
            }
        }
    )*};
}

forward!(&B Box<B> Arc<B>);
