use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tower_service::Service;

pin_project! {
    /// A call of a service that is made ready first.
    #[must_use = "futures do nothing unless polled"]
    pub struct ReadyCall<S, R>
    where
        S: Service<R>,
    {
        #[pin]
        state: State<S, R>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, R>
    where
        S: Service<R>,
    {
        Readying { service: S, request: Option<R> },
        Called { #[pin] future: S::Future },
    }
}

impl<S: Service<R>, R> ReadyCall<S, R> {
    /// Creates a call of `service` with `request`.
    #[inline(always)]
    pub fn new(service: S, request: R) -> Self {
        Self { state: State::Readying { service, request: Some(request) } }
    }
}

impl<S: Service<R>, R> Future for ReadyCall<S, R> {
    type Output = Result<S::Response, S::Error>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        if let StateProjection::Readying { service, request } = state.as_mut().project() {
            ready!(service.poll_ready(cx))?;
            let request = request.take().expect("BUG: a request is sent once");
            let future = service.call(request);
            state.set(State::Called { future });
        }
        match state.project() {
            StateProjection::Called { future } => future.poll(cx),
            StateProjection::Readying { .. } => unreachable!("it was called just now"),
        }
    }
}

impl<S: Service<R>, R> std::fmt::Debug for ReadyCall<S, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = match self.state {
            State::Readying { .. } => "becoming ready",
            State::Called { .. } => "called",
        };
        f.debug_tuple("ReadyCall").field(&state).finish()
    }
}
