use axum::body::Body;
use axum::response::Response;
use seawall_core::{Owned, Place, Protection};
use seawall_tower::{End, HeldBody};

/// Frees a request's place in bulkheads when its response's body has ended or was dropped. A body without a
/// place stays as it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UntilBody;

impl<P: Protection + 'static> End<P, Response> for UntilBody {
    type Response = Response;
    const KEEPS_PLACE: bool = true;

    fn end(&self, response: Response, place: Option<Place<Owned<P>>>) -> Response {
        match place {
            Some(_) => response.map(|body| Body::new(HeldBody::new(body, place))),
            None => response,
        }
    }
}
