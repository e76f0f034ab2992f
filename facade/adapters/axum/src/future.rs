use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::extract::Request;
use axum::response::Response;
use pin_project_lite::pin_project;
use seawall_core::{KeyParts, Protection, WithKey};
use seawall_http::{HttpStatus, rate_limit_headers};
use seawall_tower::{ReadyCall, RespondWith};
use tower_service::Service;

use crate::end::UntilBody;
use crate::layer::RateLimit;
use crate::service::Answer;

pin_project! {
    /// The future of a protected route.
    #[must_use = "futures do nothing unless polled"]
    pub struct ProtectFuture<S, P, K>
    where
        S: Service<Request>,
        P: Protection,
        P: 'static,
    {
        #[pin]
        stage: Stage<S, P, K>,
        rate_limit: Option<(Arc<RateLimit<K>>, Option<K>)>,
    }
}

type Call<S, P, K> = seawall_tower::ProtectFuture<
    S,
    Request,
    P,
    WithKey<Option<K>>,
    HttpStatus,
    UntilBody,
    RespondWith<Answer>,
>;

pin_project! {
    #[project = StageProjection]
    pub(crate) enum Stage<S, P, K>
    where
        S: Service<Request>,
        P: Protection,
        P: 'static,
    {
        /// The request has no key and is refused.
        Answered { response: Option<Response> },
        Exempt { #[pin] call: ReadyCall<S, Request> },
        Protected { #[pin] call: Call<S, P, K> },
    }
}

impl<S: Service<Request>, P: Protection, K> ProtectFuture<S, P, K> {
    pub(crate) fn new(
        stage: Stage<S, P, K>,
        rate_limit: Option<(Arc<RateLimit<K>>, Option<K>)>,
    ) -> Self {
        Self { stage, rate_limit }
    }
}

impl<S, P, K> Future for ProtectFuture<S, P, K>
where
    S: Service<Request, Response = Response>,
    P: Protection + 'static,
    K: KeyParts + Send + Sync + 'static,
{
    type Output = Result<Response, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = match this.stage.project() {
            StageProjection::Answered { response } => {
                response.take().expect("BUG: polled after it had completed")
            }
            StageProjection::Exempt { call } => return call.poll(cx),
            StageProjection::Protected { call } => ready!(call.poll(cx))?,
        };
        if let Some((rate_limit, key)) = this.rate_limit.take() {
            let RateLimit { rule, status } = &*rate_limit;
            rate_limit_headers(response.headers_mut(), rule, &status(&key));
        }
        Poll::Ready(Ok(response))
    }
}

impl<S: Service<Request>, P: Protection, K> std::fmt::Debug for ProtectFuture<S, P, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let stage: &dyn std::fmt::Debug = match &self.stage {
            Stage::Answered { .. } => &"answered",
            Stage::Exempt { call } => call,
            Stage::Protected { call } => call,
        };
        f.debug_tuple("ProtectFuture").field(stage).finish()
    }
}
