use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use seawall_core::{Error, Keep};
use seawall_http::HttpStatus;
use seawall_tower::{Plain, ReadyCall, RespondWith};
use tower_service::Service;

use crate::end::UntilBody;
use crate::future::{ProtectFuture, Stage};
use crate::{Missing, Problem, ProtectLayer, RequestKey};

/// A route whose requests go through a protection. A [`ProtectLayer`] makes it.
pub struct Protect<S, H: Keep, K: RequestKey> {
    pub(crate) inner: Inner<S, H>,
    /// Shared, since routers clone services for each request.
    pub(crate) layer: Arc<ProtectLayer<H, K>>,
}

impl<S: Clone, H: Keep, K: RequestKey> Clone for Protect<S, H, K> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), layer: Arc::clone(&self.layer) }
    }
}

pub(crate) type Inner<S, H> =
    seawall_tower::Protect<S, H, Plain, HttpStatus, UntilBody, RespondWith<Answer>>;

pub(crate) type Answer = fn(Error<Infallible>) -> Response;

/// Answers a request that was refused or cut.
#[expect(clippy::needless_pass_by_value, reason = "a `RespondWith` passes it by value")]
pub(crate) fn answer(error: Error<Infallible>) -> Response {
    Problem::inbound(&error).into_response()
}

impl<S, H, K> Service<Request> for Protect<S, H, K>
where
    S: Service<Request, Response = Response> + Clone,
    H: Keep,
    K: RequestKey,
{
    type Response = Response;
    type Error = S::Error;
    type Future = ProtectFuture<S, H::Protection, K::Key>;

    /// Is always ready: see the documentation of `seawall-tower`.
    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let ProtectLayer { key, missing, exempt, deadline, rate_limit, .. } = &*self.layer;
        if exempt(&request) {
            let call = ReadyCall::new(self.inner.get_ref().clone(), request);
            return ProtectFuture::new(Stage::Exempt { call }, None);
        }
        let key = key.key(&request);
        if let (None, Missing::Refuse(status)) = (&key, *missing) {
            let response = Some(status.into_response());
            return ProtectFuture::new(Stage::Answered { response }, None);
        }
        let rate_limit = rate_limit.clone().map(|rate_limit| (rate_limit, key.clone()));
        let time = deadline.as_ref().and_then(|deadline| deadline(&request));
        let call = self.inner.call_as(request, |call| match time {
            Some(time) => call.key(key).deadline_at_most(time),
            None => call.key(key),
        });
        ProtectFuture::new(Stage::Protected { call }, rate_limit)
    }
}

impl<S, H: Keep + std::fmt::Debug, K: RequestKey> std::fmt::Debug for Protect<S, H, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Protect").field(&self.layer).finish()
    }
}
