use reqwest::{Body, Response, ResponseBuilderExt};
use seawall_core::{Owned, Place, Protection};
use seawall_tower::{End, HeldBody};

/// Ends a call at the headers of its response, and frees its place in bulkheads when the response's body has
/// ended or was dropped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UntilBody;

impl<P: Protection + 'static> End<P, Response> for UntilBody {
    type Response = Response;
    const KEEPS_PLACE: bool = true;

    fn end(&self, response: Response, place: Option<Place<Owned<P>>>) -> Response {
        if place.is_none() {
            return response;
        }
        // A response that comes from one of `http` finds its URL in an extension that only this makes.
        let url = http::Response::builder().url(response.url().clone()).body(());
        let (mut parts, body) = http::Response::<Body>::from(response).into_parts();
        if let Ok(url) = url {
            parts.extensions.extend(url.into_parts().0.extensions);
        }
        let body = Body::wrap(HeldBody::new(body, place));
        http::Response::from_parts(parts, body).into()
    }
}
