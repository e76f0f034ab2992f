use std::future::Future;

use reqwest::{Request, RequestBuilder, Response};
use seawall_core::{Classify, Error, Keep, KeyParts};
use seawall_tower::{AsError, Costing, Describe, Keyed, Plain, ProtectLayer, RetryLayer};

use crate::ReqwestResult;
use crate::end::UntilBody;
use crate::repeat::TryClone;

type Layer<H, D, C> = ProtectLayer<H, D, C, UntilBody, AsError>;

/// Sends requests through a protection, and attempts them again as the policy of its handle says: requests
/// that are idempotent by their method or an `Idempotency-Key`, and those that were never processed.
///
/// A request whose body is a stream is sent once. Clones share the protection.
#[derive(Clone, Debug)]
pub struct Protect<H: Keep, D = Plain, C = ReqwestResult> {
    layer: Layer<H, D, C>,
}

impl<H: Keep<Classify: Clone>> Protect<H> {
    /// Protects requests by `handle`: a `seawall::Handle`, or a [`Handle`](seawall_core::Handle) of core.
    pub fn new(handle: H) -> Self {
        Self { layer: ProtectLayer::new(handle).classify(ReqwestResult).end(UntilBody) }
    }
}

impl<H: Keep, D, C> Protect<H, D, C> {
    /// Sets the key of each request, for limits and circuits per key: [`by_origin`], or a function.
    pub fn key<K, F>(self, key: F) -> Protect<H, Keyed<D, F>, C>
    where
        K: KeyParts,
        F: Fn(&Request) -> K,
    {
        Protect { layer: self.layer.key(key) }
    }

    /// Sets the number of tokens that each request costs; 1 by default.
    pub fn cost<F: Fn(&Request) -> u32>(self, cost: F) -> Protect<H, Costing<D, F>, C> {
        Protect { layer: self.layer.cost(cost) }
    }

    /// Judges results by `classify` in place of [`ReqwestResult`].
    pub fn classify<N>(self, classify: N) -> Protect<H, D, N> {
        Protect { layer: self.layer.classify(classify) }
    }

    pub(crate) fn layer(&self) -> RetryLayer<Layer<H, D, C>, TryClone>
    where
        D: Clone,
        C: Clone,
    {
        self.layer.clone().retries(TryClone)
    }
}

impl<H: Keep, D: Describe<Request> + Clone, C> Protect<H, D, C>
where
    C: Classify<Response, reqwest::Error> + Clone,
{
    /// Sends a request by the client that made it.
    ///
    /// The timeouts of the protection end at the headers of the response; a place in a bulkhead is free when
    /// its body has ended or was dropped.
    ///
    /// # Errors
    /// [`Error::Refused`] if the protection refused the request, so that it was not sent;
    /// [`Error::TimedOut`] if it was cut; [`Error::Failed`] with reqwest's own error.
    pub fn send(
        &self,
        request: RequestBuilder,
    ) -> impl Future<Output = Result<Response, Error<reqwest::Error>>> + use<H, D, C> {
        let layer = self.layer();
        let (client, request) = request.build_split();
        async move {
            match request {
                Ok(request) => layer.send(client, request).await,
                Err(error) => Err(Error::Failed(error)),
            }
        }
    }
}

/// The key of a request by its origin: scheme, host and port. Redirects are followed under the key of the first
/// URL.
#[must_use]
pub fn by_origin(request: &Request) -> String {
    request.url().origin().ascii_serialization()
}
