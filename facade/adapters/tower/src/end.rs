use http::Response;
use http_body::Body;
use seawall_core::{Class, Owned, OwnedPermit, Place, Protection};

use crate::HeldBody;

/// Decides when the permit of a call with a response ends.
pub trait End<P: Protection, R> {
    /// The response that the caller gets.
    type Response;

    /// True if calls end as soon as there is a response, which costs less than to keep a permit. Then the
    /// response is what [`without_permit`](Self::without_permit) returns.
    const AT_ONCE: bool = false;

    /// Ends the call with `class`, at once or as its response goes on.
    fn end(&self, permit: OwnedPermit<P>, class: Class, response: R) -> Self::Response;

    /// Keeps what is left of a call whose verdict is known, as that of several attempts.
    fn keep(&self, place: Place<Owned<P>>, response: R) -> Self::Response;

    /// Returns a response that no permit belongs to.
    fn without_permit(&self, response: R) -> Self::Response;
}

/// Ends the call, and frees its place, as soon as there is a response.
#[derive(Clone, Copy, Debug)]
pub struct UntilResponse;

impl<P: Protection, R> End<P, R> for UntilResponse {
    type Response = R;
    const AT_ONCE: bool = true;

    fn end(&self, permit: OwnedPermit<P>, class: Class, response: R) -> R {
        permit.settle(class);
        response
    }

    fn keep(&self, _place: Place<Owned<P>>, response: R) -> R {
        response
    }

    fn without_permit(&self, response: R) -> R {
        response
    }
}

/// Ends the call as soon as there is a response, and frees its place in bulkheads when the response's body
/// has ended or was dropped.
#[derive(Clone, Copy, Debug)]
pub struct UntilBody;

impl<P: Protection, B: Body> End<P, Response<B>> for UntilBody {
    type Response = Response<HeldBody<B, P>>;

    fn end(&self, permit: OwnedPermit<P>, class: Class, response: Response<B>) -> Self::Response {
        self.keep(permit.report(class), response)
    }

    fn keep(&self, place: Place<Owned<P>>, response: Response<B>) -> Self::Response {
        response.map(|body| HeldBody::new(body, Some(place)))
    }

    fn without_permit(&self, response: Response<B>) -> Self::Response {
        response.map(|body| HeldBody::new(body, None))
    }
}
