use reqwest::{Body, Response, ResponseBuilderExt};
use seawall_core::{Class, Owned, OwnedPermit, Place, Protection};
use seawall_tower::{End, HeldBody};

/// Ends a call at the headers of its response, and frees its place in bulkheads when the response's body has
/// ended or was dropped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UntilBody;

impl<P: Protection + 'static> End<P, Response> for UntilBody {
    type Response = Response;

    fn end(&self, permit: OwnedPermit<P>, class: Class, response: Response) -> Response {
        self.keep(permit.report(class), response)
    }

    fn keep(&self, place: Place<Owned<P>>, response: Response) -> Response {
        if place.is_empty() {
            return response;
        }
        // A response that comes from one of `http` finds its URL in an extension that only this makes.
        let url = http::Response::builder().url(response.url().clone()).body(());
        let (mut parts, body) = http::Response::<Body>::from(response).into_parts();
        if let Ok(url) = url {
            parts.extensions.extend(url.into_parts().0.extensions);
        }
        let body = Body::wrap(HeldBody::new(body, Some(place)));
        http::Response::from_parts(parts, body).into()
    }

    fn without_permit(&self, response: Response) -> Response {
        response
    }
}
