use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use seawall_core::{Owned, Place, Protection};

pin_project! {
    /// A response's body that keeps the place of its call in bulkheads until it has ended, has failed or is
    /// dropped.
    ///
    /// A server does not read a body to its end if its length is known or the request was `HEAD`; dropping
    /// it is enough.
    #[derive(Debug)]
    pub struct HeldBody<B, P>
    where
        P: Protection,
    {
        #[pin]
        body: B,
        place: Option<Place<Owned<P>>>,
    }
}

impl<B: Body, P: Protection> HeldBody<B, P> {
    /// Creates a body that keeps `place`. An empty one keeps nothing: it may never be polled or dropped early,
    /// as that of an upgraded connection.
    pub fn new(body: B, place: Option<Place<Owned<P>>>) -> Self {
        let place = place.filter(|_| !body.is_end_stream());
        Self { body, place }
    }
}

impl<B, P: Protection> HeldBody<B, P> {
    /// Returns a reference to the body.
    pub const fn get_ref(&self) -> &B {
        &self.body
    }
}

impl<B: Body, P: Protection> Body for HeldBody<B, P> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let frame = ready!(this.body.as_mut().poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) || this.body.is_end_stream() {
            *this.place = None;
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
