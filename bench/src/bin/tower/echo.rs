//! A service that echoes its request, at once or after suspending once, and its HTTP form.

use std::convert::Infallible;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::{Body, Frame};
use tower::Service;

/// Answers after suspending `SUSPENDS` times: not at all, or once.
#[derive(Clone)]
pub struct Echo<const SUSPENDS: bool>;

/// Completes with `T`.
pub struct Reply<T, const SUSPENDS: bool> {
    response: Option<T>,
    suspends: bool,
}

impl<T: Unpin, const SUSPENDS: bool> Future for Reply<T, SUSPENDS> {
    type Output = Result<T, Infallible>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if SUSPENDS && mem::take(&mut self.suspends) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Ok(self.response.take().expect("polled once more than it suspends")))
    }
}

impl<const SUSPENDS: bool> Service<u64> for Echo<SUSPENDS> {
    type Response = u64;
    type Error = Infallible;
    type Future = Reply<u64, SUSPENDS>;

    #[inline(always)]
    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    #[inline(always)]
    fn call(&mut self, request: u64) -> Self::Future {
        Reply { response: Some(request), suspends: true }
    }
}

/// A body of one number.
pub struct Number(pub Option<u64>);

impl Body for Number {
    type Data = &'static [u8];
    type Error = Infallible;

    #[inline(always)]
    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<&'static [u8]>, Infallible>>> {
        Poll::Ready(self.0.take().map(|_| Ok(Frame::data(b"42".as_slice()))))
    }

    #[inline(always)]
    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }
}

impl<const SUSPENDS: bool> Service<Request<u64>> for Echo<SUSPENDS> {
    type Response = Response<Number>;
    type Error = Infallible;
    type Future = Reply<Response<Number>, SUSPENDS>;

    #[inline(always)]
    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    #[inline(always)]
    fn call(&mut self, request: Request<u64>) -> Self::Future {
        let response = Response::new(Number(Some(*request.body())));
        Reply { response: Some(response), suspends: true }
    }
}
