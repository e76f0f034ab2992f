use http::{HeaderMap, Response, StatusCode};
use seawall_core::{Class, Classify, Verdict};

use crate::retry_after;

/// Judges responses by their status, and transport errors as failures.
///
/// | response | counts as |
/// |---|---|
/// | 429 | overload, with its `Retry-After` |
/// | 503 with `Retry-After` | overload, with that |
/// | other 5xx, errors | failure |
/// | all others | success: the server answers, so a probe has found it alive |
#[derive(Clone, Copy, Debug, Default)]
pub struct HttpStatus;

impl HttpStatus {
    /// Returns what a response with this status and these headers says about the server.
    #[must_use]
    pub fn class(status: StatusCode, headers: &HeaderMap) -> Class {
        let retry_after = retry_after(headers);
        match status {
            StatusCode::TOO_MANY_REQUESTS => Class::overload(retry_after),
            StatusCode::SERVICE_UNAVAILABLE if retry_after.is_some() => {
                Class::overload(retry_after)
            }
            status if status.is_server_error() => Verdict::Failure.into(),
            _ => Verdict::Success.into(),
        }
    }
}

impl<B, E> Classify<Response<B>, E> for HttpStatus {
    fn classify(&self, result: &Result<Response<B>, E>) -> Class {
        match result {
            Ok(response) => Self::class(response.status(), response.headers()),
            Err(_) => Verdict::Failure.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn class(status: u16, retry_after: Option<&str>) -> Class {
        let mut response = Response::builder().status(status);
        if let Some(wait) = retry_after {
            response = response.header("retry-after", wait);
        }
        HttpStatus.classify(&Ok::<_, ()>(response.body(()).expect("a response")))
    }

    #[test]
    fn a_status_says_how_the_server_is() {
        let wait = Some(Duration::from_secs(7));
        assert_eq!(class(429, Some("7")), Class::overload(wait));
        assert_eq!(class(429, None), Class::overload(None));
        assert_eq!(class(503, Some("7")), Class::overload(wait));
        assert_eq!(class(503, Some("soon")), Verdict::Failure.into());
        for status in [500, 502, 503, 504, 599] {
            assert_eq!(class(status, None), Verdict::Failure.into(), "{status}");
        }
        for status in [200, 204, 301, 400, 401, 404, 409] {
            assert_eq!(class(status, Some("7")), Verdict::Success.into(), "{status}");
        }
        assert_eq!(HttpStatus.classify(&Err::<Response<()>, _>(())), Verdict::Failure.into());
    }
}
