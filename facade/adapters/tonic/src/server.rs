use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use seawall_core::{Error, Keep};
use seawall_http::Side;
use seawall_tower::Describe;
use tower_service::Service;

use crate::body::GrpcBody;
use crate::call::run;
use crate::layer::GrpcLayer;
use crate::status;

/// A server, or one of its services, whose calls go through a protection.
#[derive(Clone, Debug)]
pub struct GrpcServer<S, H, D> {
    pub(crate) inner: S,
    pub(crate) layer: GrpcLayer<H, D>,
}

impl<S, B, R, H, D> Service<Request<B>> for GrpcServer<S, H, D>
where
    S: Service<Request<B>, Response = Response<R>, Error: Send, Future: Send>,
    S: Clone + Send + 'static,
    B: Send + 'static,
    R: Body + Default + Send + 'static,
    H: Keep,
    D: Describe<http::request::Parts> + 'static,
{
    type Response = Response<GrpcBody<R, H::Protection>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    /// Is always ready: the inner service is made ready inside of the call.
    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let next = self.inner.clone();
        let called = run(&self.layer, mem::replace(&mut self.inner, next), request, false);
        Box::pin(async move {
            called.await.or_else(|error| match error {
                Error::Failed(error) => Err(error),
                error => Ok(status(&error, Side::Inbound).into_http()),
            })
        })
    }
}
