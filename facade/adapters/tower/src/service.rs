use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use seawall_core::{Classify, Keep, MaybeKey, NoKey, OwnedGuarded};
use tower_service::Service;

use crate::describe::Plain;
use crate::{Describe, End, Outcome, ProtectFuture, ProtectLayer};

/// A service whose requests go through a protection. A [`ProtectLayer`] makes it.
#[derive(Debug)]
pub struct Protect<S, H, D, C, M, O>
where
    H: Keep,
{
    pub(crate) inner: S,
    /// Shared, since services are cloned for each request, and a handle has several counts.
    pub(crate) layer: Arc<ProtectLayer<H, D, C, M, O>>,
}

impl<S: Clone, H: Keep, D, C, M, O> Clone for Protect<S, H, D, C, M, O> {
    #[inline]
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), layer: Arc::clone(&self.layer) }
    }
}

impl<S, H: Keep, D, C, M, O> Protect<S, H, D, C, M, O> {
    /// Returns a reference to the inner service.
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// Returns the inner service.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, H: Keep, C: Clone, M: Clone, O: Clone> Protect<S, H, Plain, C, M, O> {
    /// Sends `request` through the protection as `describe` says, which sets a key, a cost or a deadline.
    pub fn call_as<R, K: MaybeKey, N>(
        &mut self,
        request: R,
        describe: impl FnOnce(
            OwnedGuarded<H::Protection, NoKey, H::Classify>,
        ) -> OwnedGuarded<H::Protection, K, N>,
    ) -> ProtectFuture<S, R, H::Protection, K, C, M, O>
    where
        S: Service<R> + Clone,
        M: End<H::Protection, S::Response>,
    {
        let call = describe(self.layer.handle.owned_call());
        self.send(call, request)
    }
}

impl<S, H: Keep, D, C: Clone, M: Clone, O: Clone> Protect<S, H, D, C, M, O> {
    #[inline(always)]
    fn send<R, K: MaybeKey, N>(
        &mut self,
        call: OwnedGuarded<H::Protection, K, N>,
        request: R,
    ) -> ProtectFuture<S, R, H::Protection, K, C, M, O>
    where
        S: Service<R> + Clone,
        M: End<H::Protection, S::Response>,
    {
        // The service that may have been made ready is used up, and its clone takes its place.
        let next = self.inner.clone();
        let inner = mem::replace(&mut self.inner, next);
        let ProtectLayer { classify, end, outcome, .. } = &*self.layer;
        let ends = (classify.clone(), end.clone(), outcome.clone());
        ProtectFuture::new(call, inner, request, ends)
    }
}

impl<S, R, H, D, C, M, O> Service<R> for Protect<S, H, D, C, M, O>
where
    S: Service<R> + Clone,
    H: Keep,
    D: Describe<R>,
    C: Classify<S::Response, S::Error> + Clone,
    M: End<H::Protection, S::Response> + Clone,
    O: Outcome<S::Response, S::Error> + Clone,
{
    type Response = M::Response;
    type Error = O::Error;
    type Future = ProtectFuture<S, R, H::Protection, D::Key, C, M, O>;

    /// Is always ready: see the crate's documentation.
    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), O::Error>> {
        Poll::Ready(Ok(()))
    }

    #[inline(always)]
    fn call(&mut self, request: R) -> Self::Future {
        let ProtectLayer { handle, describe, .. } = &*self.layer;
        let call = describe.describe(handle.owned_call(), &request);
        self.send(call, request)
    }
}
