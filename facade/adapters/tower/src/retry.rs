use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use seawall_core::{ByResult, Classify, Error, Keep};
use tower_layer::Layer;
use tower_service::Service;

use crate::{Describe, End, Outcome, ProtectFuture, ProtectLayer, ReadyCall, Repeat};

/// A [`ProtectLayer`] whose requests are attempted again as the policy of its handle says:
/// [`ProtectLayer::retries`] returns it. The futures of its services are boxed.
#[derive(Clone, Copy, Debug)]
pub struct RetryLayer<L, T> {
    protect: L,
    repeat: T,
}

impl<H: Keep, D, C, M, O> ProtectLayer<H, D, C, M, O> {
    /// Attempts requests again as the policy of the handle says. `repeat` is a function of a request that
    /// can be cloned, which returns true if it is idempotent, or any other [`Repeat`]. For HTTP:
    ///
    /// ```
    /// # use http::Request;
    /// # use seawall_tower::ProtectLayer;
    /// # fn layer(handle: seawall::Handle) {
    /// let layer = ProtectLayer::new(handle).http().retries(|request: &Request<String>| {
    ///     seawall_http::is_idempotent(request.method(), request.headers())
    /// });
    /// # }
    /// ```
    ///
    /// Each attempt goes through the protection, and through the inner service. The response, or the error,
    /// is that of the last one.
    pub fn retries<T>(self, repeat: T) -> RetryLayer<Self, T> {
        RetryLayer { protect: self, repeat }
    }
}

impl<H: Keep, D, C, M, O, T> RetryLayer<ProtectLayer<H, D, C, M, O>, T> {
    /// Sends `request` through the protection to `service`, as often as the policy says.
    ///
    /// # Errors
    /// That of the last attempt.
    ///
    /// # Panics
    /// If the [`Repeat`] refuses to copy a request that it has copied before.
    pub fn send<S, R>(
        &self,
        service: S,
        request: R,
    ) -> impl Future<Output = Result<M::Response, O::Error>> + use<S, R, H, D, C, M, O, T>
    where
        S: Service<R> + Clone,
        D: Describe<R>,
        C: Classify<S::Response, S::Error> + Clone,
        M: End<H::Protection, S::Response> + Clone,
        O: Outcome<S::Response, S::Error> + Clone,
        T: Repeat<R> + Clone,
    {
        let ProtectLayer { handle, describe, classify, end, outcome } = &self.protect;
        let ends = (classify.clone(), end.clone(), outcome.clone());
        let repeat = self.repeat.clone();
        let call = describe.describe(handle.owned_call(), &request).classify(ByResult);
        async move {
            let Some(copy) = repeat.copy(&request) else {
                return ProtectFuture::new(call, service, request, ends).await;
            };
            let (classify, end, outcome) = ends;
            let call = match repeat.is_idempotent(&request) {
                true => call.idempotent(),
                false => call,
            };
            let mut first = Some((service.clone(), copy));
            let again =
                || (service.clone(), repeat.copy(&request).expect("BUG: it was copied before"));
            let attempts = call.classify(classify).run_attempts_held(|_| {
                let (service, request) = first.take().unwrap_or_else(again);
                ReadyCall::new(service, request)
            });
            let halted = |error| outcome.halted(error).map(|response| end.end(response, None));
            match attempts.await {
                Ok((response, place)) => Ok(end.end(response, place)),
                Err(Error::Failed(error)) => Err(outcome.failed(error)),
                Err(Error::Refused(refusal)) => halted(Error::Refused(refusal)),
                Err(Error::TimedOut(elapsed)) => halted(Error::TimedOut(elapsed)),
            }
        }
    }
}

impl<S, L: Clone, T: Clone> Layer<S> for RetryLayer<L, T> {
    type Service = Retry<S, L, T>;

    fn layer(&self, inner: S) -> Self::Service {
        Retry { inner, layer: self.clone() }
    }
}

/// A service whose requests go through a protection, as often as its policy says. A [`RetryLayer`] makes it.
#[derive(Clone, Copy, Debug)]
pub struct Retry<S, L, T> {
    inner: S,
    layer: RetryLayer<L, T>,
}

impl<S, R, H, D, C, M, O, T> Service<R> for Retry<S, ProtectLayer<H, D, C, M, O>, T>
where
    S: Service<R, Response: Send, Error: Send, Future: Send> + Clone + Send + Sync + 'static,
    R: Send + Sync + 'static,
    H: Keep,
    D: Describe<R> + 'static,
    C: Classify<S::Response, S::Error> + Clone + Send + 'static,
    M: End<H::Protection, S::Response> + Clone + Send + Sync + 'static,
    O: Outcome<S::Response, S::Error> + Clone + Send + Sync + 'static,
    T: Repeat<R> + Clone + Send + Sync + 'static,
{
    type Response = M::Response;
    type Error = O::Error;
    type Future = Pin<Box<dyn Future<Output = Result<M::Response, O::Error>> + Send>>;

    /// Is always ready: see the crate's documentation.
    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), O::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> Self::Future {
        // The service that may have been made ready is used up, and its clone takes its place.
        let next = self.inner.clone();
        Box::pin(self.layer.send(mem::replace(&mut self.inner, next), request))
    }
}
