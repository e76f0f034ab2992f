use std::sync::Arc;
use std::task::Waker;

use seawall_core::{Backend, Call, Entry, Exit, Layer, Refusal, Status, Tick, Token};

/// A layer of a configured protection. The usual backends are stored by type, so that a call through
/// them is inlined; any other is behind a pointer.
#[derive(Clone)]
#[non_exhaustive]
pub enum AnyLayer {
    /// A circuit breaker of `seawall-breaker`.
    #[cfg(feature = "breaker")]
    Breaker(seawall_breaker::CircuitBreaker),
    /// A rate limiter of `seawall-ratelimit`.
    #[cfg(feature = "ratelimit")]
    RateLimiter(seawall_ratelimit::RateLimiter),
    /// A bulkhead of `seawall-bulkhead`.
    #[cfg(feature = "bulkhead")]
    Bulkhead(seawall_bulkhead::Bulkhead),
    /// Any other backend.
    Other(Arc<dyn Backend>),
}

impl AnyLayer {
    /// Creates a layer of `handle`'s backend.
    pub(crate) fn new<H: Backend + Clone + 'static>(handle: &H) -> Self {
        let any: &dyn std::any::Any = handle;
        #[cfg(feature = "breaker")]
        if let Some(breaker) = any.downcast_ref::<seawall_breaker::CircuitBreaker>() {
            return Self::Breaker(breaker.clone());
        }
        #[cfg(feature = "ratelimit")]
        if let Some(limiter) = any.downcast_ref::<seawall_ratelimit::RateLimiter>() {
            return Self::RateLimiter(limiter.clone());
        }
        #[cfg(feature = "bulkhead")]
        if let Some(bulkhead) = any.downcast_ref::<seawall_bulkhead::Bulkhead>() {
            return Self::Bulkhead(bulkhead.clone());
        }
        let _ = any;
        Self::Other(Arc::new(handle.clone()))
    }
}

/// What `$act` gives for the backend there is.
macro_rules! any {
    ($layer:expr, $backend:ident => $act:expr) => {
        match $layer {
            #[cfg(feature = "breaker")]
            AnyLayer::Breaker($backend) => $act,
            #[cfg(feature = "ratelimit")]
            AnyLayer::RateLimiter($backend) => $act,
            #[cfg(feature = "bulkhead")]
            AnyLayer::Bulkhead($backend) => $act,
            AnyLayer::Other($backend) => $act,
        }
    };
}

#[deny(clippy::missing_trait_methods, reason = "a default must not hide a method")]
impl Backend for AnyLayer {
    #[inline]
    fn layer(&self) -> &Layer {
        any!(self, backend => Backend::layer(backend))
    }

    #[inline(always)]
    fn enter(&self, call: &Call<'_>) -> Entry {
        any!(self, backend => backend.enter(call))
    }

    fn poll_start(
        &self,
        token: &mut Token,
        at: Tick,
        now: Tick,
        waker: &Waker,
    ) -> Result<Tick, Refusal> {
        any!(self, backend => backend.poll_start(token, at, now, waker))
    }

    fn expire(&self, token: Option<Token>) {
        any!(self, backend => backend.expire(token));
    }

    #[inline(always)]
    fn exit(&self, token: Token, exit: &Exit<'_>) {
        any!(self, backend => backend.exit(token, exit));
    }

    fn accepts_extra(&self, call: &Call<'_>) -> bool {
        any!(self, backend => backend.accepts_extra(call))
    }

    fn status(&self, now: Tick) -> Status {
        any!(self, backend => Backend::status(backend, now))
    }
}

impl std::fmt::Debug for AnyLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("AnyLayer").field(Backend::layer(self)).finish()
    }
}
