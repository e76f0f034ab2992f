use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use seawall_core::{Class, Owned, OwnedPermit, Place, Protection, Verdict};

use crate::GrpcStatus;

pin_project! {
    /// The body of a response, by whose trailers the call ends. A body that ends without a status is a failure,
    /// as `UNKNOWN` is; one that is dropped before its end is abandoned.
    #[derive(Debug)]
    pub struct GrpcBody<B, P>
    where
        P: Protection,
    {
        #[pin]
        body: B,
        call: Option<Call<P>>,
    }
}

/// What is held of a call.
#[derive(Debug)]
pub(crate) enum Call<P: Protection> {
    /// Its status is not known yet.
    Open(OwnedPermit<P>),
    /// Its place, which is free when the body has ended.
    Ended { _place: Place<Owned<P>> },
}

impl<P: Protection> Call<P> {
    fn end(self, class: Class) {
        if let Self::Open(permit) = self {
            permit.settle(class);
        }
    }
}

impl<B, P: Protection> GrpcBody<B, P> {
    pub(crate) const fn new(body: B, call: Option<Call<P>>) -> Self {
        Self { body, call }
    }
}

impl<B: Default, P: Protection> Default for GrpcBody<B, P> {
    fn default() -> Self {
        Self::new(B::default(), None)
    }
}

impl<B: Body, P: Protection> Body for GrpcBody<B, P> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let frame = ready!(this.body.poll_frame(cx));
        let class = match &frame {
            Some(Ok(frame)) => frame.trailers_ref().map(GrpcStatus::of),
            Some(Err(_)) | None => Some(None),
        };
        if let Some(class) = class
            && let Some(call) = this.call.take()
        {
            call.end(class.unwrap_or(Verdict::Failure.into()));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
