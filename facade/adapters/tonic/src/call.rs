use std::future::Future;

use http::{Request, Response};
use http_body::Body;
use seawall_core::{Error, Keep, OwnedPermit, Protection, Verdict};
use seawall_tower::{Describe, ReadyCall};
use tower_service::Service;

use crate::GrpcStatus;
use crate::body::{Call, GrpcBody};
use crate::layer::{GrpcLayer, Until};
use crate::timeout::{grpc_timeout, set_grpc_timeout};

/// What came of a call: the response, the service's own error, or that it was refused or cut.
pub(crate) type Ended<B, P, E> = Result<Response<GrpcBody<B, P>>, Error<E>>;

/// Sends a request through a protection. With `passes_on`, `grpc-timeout` says how much time is left.
pub(crate) fn run<S, B, R, H, D>(
    layer: &GrpcLayer<H, D>,
    service: S,
    request: Request<B>,
    passes_on: bool,
) -> impl Future<Output = Ended<R, H::Protection, S::Error>> + use<S, B, R, H, D>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Body,
    H: Keep,
    D: Describe<http::request::Parts>,
{
    let (mut parts, body) = request.into_parts();
    let entering = match layer.is_exempt(parts.uri.path()) {
        true => None,
        false => {
            let call = layer.describe.describe(layer.handle.owned_call(), &parts);
            Some(match grpc_timeout(&parts.headers) {
                Some(timeout) => call.deadline_at_most(timeout).acquire(),
                None => call.acquire(),
            })
        }
    };
    let until = layer.until;
    async move {
        let Some(entering) = entering else {
            let called = ReadyCall::new(service, Request::from_parts(parts, body)).await;
            let whole = |response: Response<R>| response.map(|body| GrpcBody::new(body, None));
            return called.map(whole).map_err(Error::Failed);
        };
        let permit = entering.await?;
        if let Some(left) = permit.time_left().filter(|_| passes_on) {
            set_grpc_timeout(&mut parts.headers, left);
        }
        let called = ReadyCall::new(service, Request::from_parts(parts, body));
        match permit.drive(called).await {
            Ok((Ok(response), permit)) => Ok(end(permit, response, until)),
            Ok((Err(error), permit)) => {
                permit.settle(Verdict::Failure);
                Err(Error::Failed(error))
            }
            Err(Error::Refused(refusal)) => Err(Error::Refused(refusal)),
            Err(Error::TimedOut(elapsed)) => Err(Error::TimedOut(elapsed)),
            Err(Error::Failed(never)) => match never {},
        }
    }
}

/// Ends a call by the status in its headers, if there is one, or leaves that to the body.
fn end<B: Body, P: Protection>(
    permit: OwnedPermit<P>,
    response: Response<B>,
    until: Until,
) -> Response<GrpcBody<B, P>> {
    let class = match GrpcStatus::of(response.headers()) {
        Some(class) => Some(class),
        // A proxy that answers in place of the server.
        None if !response.status().is_success() => Some(Verdict::Failure.into()),
        None if response.body().is_end_stream() => Some(Verdict::Failure.into()),
        None => None,
    };
    let call = match (class, until) {
        (Some(class), Until::End) if !response.body().is_end_stream() => {
            Some(Call::Ended { _place: permit.report(class) })
        }
        (Some(class), _) => {
            permit.settle(class);
            None
        }
        (None, Until::End) => Some(Call::Open(permit)),
        (None, Until::Headers) => {
            permit.success();
            None
        }
    };
    response.map(|body| GrpcBody::new(body, call))
}
