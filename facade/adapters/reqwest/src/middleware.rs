use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next};
use seawall_core::{Classify, Elapsed, Keep, Refusal};
use seawall_tower::Describe;
use tower_service::Service;

use crate::Protect;

/// The middlewares that come after, as a service. Each attempt has a copy of the extensions.
#[derive(Clone)]
struct Rest<'a> {
    next: Next<'a>,
    extensions: http::Extensions,
}

impl<'a> Service<Request> for Rest<'a> {
    type Response = Response;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Error>> + Send + 'a>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Self { next, mut extensions } = self.clone();
        Box::pin(async move { next.run(request, &mut extensions).await })
    }
}

#[async_trait::async_trait]
impl<H, D, C> Middleware for Protect<H, D, C>
where
    H: Keep,
    D: Describe<Request> + Clone + Send + Sync + 'static,
    C: Classify<Response, Error> + Clone + Send + Sync + 'static,
{
    /// Errors are a [`Refusal`] or an [`Elapsed`], which `refusal_of` and `downcast_ref` find, or those of
    /// the middlewares that come after.
    async fn handle(
        &self,
        request: Request,
        extensions: &mut http::Extensions,
        next: Next<'_>,
    ) -> Result<Response, Error> {
        let rest = Rest { next, extensions: extensions.clone() };
        self.layer().send(rest, request).await.map_err(|error| match error {
            seawall_core::Error::Refused(refusal) => Error::middleware(refusal),
            seawall_core::Error::TimedOut(elapsed) => Error::middleware(elapsed),
            seawall_core::Error::Failed(error) => error,
        })
    }
}

/// Returns the refusal in an error, if the request was refused by a protection and never sent.
#[must_use]
pub fn refusal_of(error: &Error) -> Option<&Refusal> {
    match error {
        Error::Middleware(error) => error.downcast_ref(),
        Error::Reqwest(_) => None,
    }
}

/// Returns the timeout in an error, if the request was cut by a protection.
#[must_use]
pub fn elapsed_of(error: &Error) -> Option<&Elapsed> {
    match error {
        Error::Middleware(error) => error.downcast_ref(),
        Error::Reqwest(_) => None,
    }
}
