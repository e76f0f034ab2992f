use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tower_service::Service;

pin_project! {
    /// A call of a service that is made ready first.
    #[project = StateProjection]
    pub(crate) enum ReadyCall<S, R>
    where
        S: Service<R>,
    {
        Readying { service: S, request: Option<R> },
        Called { #[pin] future: S::Future },
    }
}

impl<S: Service<R>, R> ReadyCall<S, R> {
    pub(crate) fn new(service: S, request: R) -> Self {
        Self::Readying { service, request: Some(request) }
    }
}

impl<S: Service<R>, R> Future for ReadyCall<S, R> {
    type Output = Result<S::Response, S::Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let StateProjection::Readying { service, request } = self.as_mut().project() {
            ready!(service.poll_ready(cx))?;
            let request = request.take().expect("BUG: a request is sent once");
            let future = service.call(request);
            self.set(Self::Called { future });
        }
        match self.project() {
            StateProjection::Called { future } => future.poll(cx),
            StateProjection::Readying { .. } => unreachable!("it was called just now"),
        }
    }
}
