use std::mem;
use std::task::{Context, Poll};

use seawall_core::{Classify, Entering, Keep, KeyParts, Owned, WithKey};
use tower_service::Service;

use crate::describe::Plain;
use crate::{Describe, End, Outcome, ProtectFuture, ProtectLayer};

/// A service whose requests go through a protection. A [`ProtectLayer`] makes it.
#[derive(Clone, Copy, Debug)]
pub struct Protect<S, H, D, C, M, O>
where
    H: Keep,
{
    pub(crate) inner: S,
    pub(crate) layer: ProtectLayer<H, D, C, M, O>,
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
    /// Sends `request` through the protection with a key that was found before.
    pub fn call_with_key<R, K>(
        &mut self,
        request: R,
        key: K,
    ) -> ProtectFuture<S, R, H::Protection, WithKey<K>, C, M, O>
    where
        S: Service<R> + Clone,
        K: KeyParts + Send + Sync + 'static,
    {
        let entering = self.layer.handle.owned_call().key(key).acquire();
        self.call_after(entering, request)
    }
}

impl<S, H: Keep, D, C: Clone, M: Clone, O: Clone> Protect<S, H, D, C, M, O> {
    fn call_after<R, K>(
        &mut self,
        entering: Entering<'static, Owned<H::Protection>, K>,
        request: R,
    ) -> ProtectFuture<S, R, H::Protection, K, C, M, O>
    where
        S: Service<R> + Clone,
    {
        // The service that may have been made ready is used up, and its clone takes its place.
        let next = self.inner.clone();
        let inner = mem::replace(&mut self.inner, next);
        let ProtectLayer { classify, end, outcome, .. } = &self.layer;
        let ends = (classify.clone(), end.clone(), outcome.clone());
        ProtectFuture::new(entering, (inner, request), ends)
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

    fn call(&mut self, request: R) -> Self::Future {
        let ProtectLayer { handle, describe, .. } = &self.layer;
        let entering = describe.describe(handle.owned_call(), &request).acquire();
        self.call_after(entering, request)
    }
}
