use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use seawall_core::{BoxError, Error, Keep};
use seawall_tower::Describe;
use tonic::Status;
use tower_service::Service;

use crate::body::GrpcBody;
use crate::call::run;
use crate::layer::GrpcLayer;
use crate::status::of_client;

/// A client's channel whose calls go through a protection.
#[derive(Clone, Debug)]
pub struct GrpcClient<S, H, D> {
    pub(crate) inner: S,
    pub(crate) layer: GrpcLayer<H, D>,
}

impl<S, B, R, H, D> Service<Request<B>> for GrpcClient<S, H, D>
where
    S: Service<Request<B>, Response = Response<R>, Error: Into<BoxError> + Send, Future: Send>,
    S: Clone + Send + 'static,
    B: Send + 'static,
    R: Body + Send + 'static,
    H: Keep,
    D: Describe<http::request::Parts> + 'static,
{
    type Response = Response<GrpcBody<R, H::Protection>>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Status>> + Send>>;

    /// Is always ready: the channel is made ready inside of the call.
    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let next = self.inner.clone();
        let called = run(&self.layer, mem::replace(&mut self.inner, next), request, true);
        Box::pin(async move {
            called.await.map_err(|error| match error {
                Error::Failed(error) => Status::from_error(error.into()),
                Error::Refused(refusal) => of_client(Error::Refused(refusal)),
                Error::TimedOut(elapsed) => of_client(Error::TimedOut(elapsed)),
            })
        })
    }
}
