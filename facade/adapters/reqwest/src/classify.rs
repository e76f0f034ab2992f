use reqwest::Response;
use seawall_core::{Class, Classify, Verdict};
use seawall_http::HttpStatus;

/// Judges responses by their status, as [`HttpStatus`] does, and errors by what they say about the server.
///
/// | error | counts as | attempted again |
/// |---|---|---|
/// | no connection was made | failure | yes: nothing was sent |
/// | refused unprocessed by HTTP/2 (`REFUSED_STREAM`, `GOAWAY`) | failure | yes, with the feature `http2` |
/// | invalid request, too many redirects, a body that cannot be decoded | ignored | no |
/// | all others: timeouts of the client, broken connections | failure | if the request is idempotent |
#[derive(Clone, Copy, Debug, Default)]
pub struct ReqwestResult;

impl ReqwestResult {
    fn of_error(error: &reqwest::Error) -> Class {
        if error.is_connect() || is_unprocessed(error) {
            Class::never_processed()
        } else if error.is_builder() || error.is_redirect() || error.is_decode() {
            Verdict::Ignored.into()
        } else {
            Verdict::Failure.into()
        }
    }
}

impl Classify<Response, reqwest::Error> for ReqwestResult {
    fn classify(&self, result: &Result<Response, reqwest::Error>) -> Class {
        match result {
            Ok(response) => HttpStatus::class(response.status(), response.headers()),
            Err(error) => Self::of_error(error),
        }
    }
}

#[cfg(feature = "middleware")]
impl Classify<Response, reqwest_middleware::Error> for ReqwestResult {
    fn classify(&self, result: &Result<Response, reqwest_middleware::Error>) -> Class {
        match result {
            Ok(response) => HttpStatus::class(response.status(), response.headers()),
            Err(reqwest_middleware::Error::Reqwest(error)) => Self::of_error(error),
            // What another middleware makes up says nothing about the server.
            Err(reqwest_middleware::Error::Middleware(_)) => Verdict::Ignored.into(),
        }
    }
}

/// Returns true if a server of HTTP/2 says that it has not processed the request.
#[cfg(feature = "http2")]
fn is_unprocessed(error: &reqwest::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            let reason = error.reason();
            let is_closing = error.is_go_away() && reason == Some(h2::Reason::NO_ERROR);
            let is_refused = error.is_reset() && reason == Some(h2::Reason::REFUSED_STREAM);
            return error.is_remote() && (is_closing || is_refused);
        }
        source = error.source();
    }
    false
}

#[cfg(not(feature = "http2"))]
const fn is_unprocessed(_error: &reqwest::Error) -> bool {
    false
}
