use http::Response;
use http_body::Body;
use seawall_core::{Owned, Place, Protection};

use crate::HeldBody;

/// Decides whether a call keeps its place in bulkheads when there is a response, and what becomes of it.
pub trait End<P: Protection, R> {
    /// The response that the caller gets.
    type Response;

    /// True if the place of a call is kept with its response. Otherwise it is free as soon as there is a
    /// response.
    const KEEPS_PLACE: bool;

    /// Returns what the caller gets of `response`, which keeps `place`, if there is one.
    fn end(&self, response: R, place: Option<Place<Owned<P>>>) -> Self::Response;
}

/// Frees a call's place as soon as there is a response.
#[derive(Clone, Copy, Debug)]
pub struct UntilResponse;

impl<P: Protection, R> End<P, R> for UntilResponse {
    type Response = R;
    const KEEPS_PLACE: bool = false;

    #[inline(always)]
    fn end(&self, response: R, _place: Option<Place<Owned<P>>>) -> R {
        response
    }
}

/// Frees a call's place in bulkheads when its response's body has ended or was dropped.
#[derive(Clone, Copy, Debug)]
pub struct UntilBody;

impl<P: Protection, B: Body> End<P, Response<B>> for UntilBody {
    type Response = Response<HeldBody<B, P>>;
    const KEEPS_PLACE: bool = true;

    #[inline(always)]
    fn end(&self, response: Response<B>, place: Option<Place<Owned<P>>>) -> Self::Response {
        response.map(|body| HeldBody::new(body, place))
    }
}
