use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use seawall_core::{Elapsed, Error, Refusal, RefusalKind};
use serde_json::{Value, json};

use crate::Side;

/// A refusal or a timeout as a response: problem details by RFC 9457, with `Retry-After` where it is known
/// when a retry may succeed.
///
/// The names of components are not in it, unless [`with_layer`](Self::with_layer) is used, nor are
/// sources and errors of operations: they may say more about the service than its clients should know.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a problem does nothing until it is a response"]
pub struct Problem {
    status: StatusCode,
    kind: &'static str,
    detail: &'static str,
    /// In whole seconds.
    retry_after: Option<u64>,
    layer: Option<String>,
}

/// The types that draft-ietf-httpapi-ratelimit-headers defines.
const QUOTA: &str = "https://iana.org/assignments/http-problem-types#quota-exceeded";
const CAPACITY: &str = "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity";

impl Problem {
    /// Creates the problem of a call that was refused.
    pub fn refused(refusal: &Refusal, side: Side) -> Self {
        let kind = refusal.kind();
        let retry_after = refusal.retry_after_seconds().map(Duration::from_secs);
        let retry_after = retry_after.map(|wait| spread(refusal, wait).as_secs());
        let status = side.status(kind);
        Self { status, kind: kind.as_str(), detail: detail(kind, side), retry_after, layer: None }
    }

    /// Creates the problem of a call that was cut.
    pub fn timed_out(_elapsed: &Elapsed) -> Self {
        let detail = "the answer took too long; what the request has done is not known";
        Self::new(StatusCode::GATEWAY_TIMEOUT, "timed_out", detail)
    }

    /// Creates the problem of a call whose operation failed, whatever its error.
    pub fn failed() -> Self {
        let detail = "a service that is needed for the answer failed";
        Self::new(StatusCode::BAD_GATEWAY, "failed", detail)
    }

    /// Creates the problem of a call that did not succeed. Its operation's own error is not shown.
    pub fn from_error<E>(error: &Error<E>, side: Side) -> Self {
        match error {
            Error::Refused(refusal) => Self::refused(refusal, side),
            Error::TimedOut(elapsed) => Self::timed_out(elapsed),
            Error::Failed(_) => Self::failed(),
        }
    }

    fn new(status: StatusCode, kind: &'static str, detail: &'static str) -> Self {
        Self { status, kind, detail, retry_after: None, layer: None }
    }

    /// Adds which component refused, as its kind and name, for clients that may know.
    pub fn with_layer(mut self, refusal: &Refusal) -> Self {
        self.layer = Some(refusal.by().to_string());
        self
    }

    /// Returns the status of the response.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns a sentence that says what has happened, for clients.
    #[must_use]
    pub const fn detail(&self) -> &'static str {
        self.detail
    }

    /// Returns the time of `Retry-After`, in whole seconds.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after.map(Duration::from_secs)
    }

    /// Returns the problem as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Self { status, kind, detail, retry_after, layer } = self;
        let (r#type, title) = match *status {
            StatusCode::TOO_MANY_REQUESTS => (QUOTA, "Request cannot be satisfied: quota exceeded"),
            StatusCode::SERVICE_UNAVAILABLE => {
                (CAPACITY, "Request cannot be satisfied: reduced capacity")
            }
            _ => ("about:blank", status.canonical_reason().unwrap_or("error")),
        };
        let mut body = json!({
            "type": r#type, "title": title, "status": status.as_u16(), "detail": detail, "kind": kind,
        });
        let more = [
            ("retry_after", retry_after.map(Value::from)),
            ("layer", layer.as_deref().map(Value::from)),
        ];
        for (name, value) in more {
            if let Some(value) = value {
                body[name] = value;
            }
        }
        body.to_string()
    }

    /// Returns the response: its status, its headers and the JSON.
    #[must_use]
    pub fn into_response(self) -> Response<String> {
        let mut response = Response::new(self.to_json());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// Returns when a client of a call that was refused should return: after the time that the refusal knows, or
/// up to a tenth later if a circuit is open.
#[must_use]
pub fn retry_wait(refusal: &Refusal) -> Option<Duration> {
    refusal.retry_after().map(|wait| spread(refusal, wait))
}

/// The clients that one circuit has refused must not all return at the same time.
fn spread(refusal: &Refusal, wait: Duration) -> Duration {
    // Each `RandomState` has new keys.
    let random = u32::try_from(RandomState::new().hash_one(0) >> 32).unwrap_or_default();
    let tenth = (wait / 10).mul_f64(f64::from(random) / f64::from(u32::MAX));
    if refusal.is_circuit_open() { wait + tenth } else { wait }
}

const fn detail(kind: RefusalKind, side: Side) -> &'static str {
    match (kind, side) {
        (RefusalKind::RateLimited, Side::Inbound) => "too many requests; retry later",
        (RefusalKind::CostAboveLimit, Side::Inbound) => {
            "the request is larger than the limit ever allows"
        }
        (RefusalKind::KeyBlocked, Side::Inbound) => "this client may not make such requests",
        (RefusalKind::Deadline, _) => "there was no time left to start the request",
        (RefusalKind::ShuttingDown, _) => "the service is shutting down",
        (RefusalKind::UnknownName, _) => "the service is not configured for this request",
        _ => "the service cannot take the request now; retry later",
    }
}

#[cfg(test)]
mod tests {
    use seawall_core::{Component, Layer};

    use super::*;

    fn refusal(kind: RefusalKind) -> Refusal {
        Refusal::new(kind, &Layer::new(Component::RateLimiter, "internal-name"))
    }

    #[test]
    fn a_problem_says_what_clients_may_know() {
        let limited =
            refusal(RefusalKind::RateLimited).with_retry_after(Duration::from_millis(5500));
        let problem = Problem::refused(&limited, Side::Inbound);
        let body: Value = serde_json::from_str(&problem.to_json()).expect("JSON");
        let expected = json!({
            "type": QUOTA,
            "title": "Request cannot be satisfied: quota exceeded",
            "status": 429,
            "detail": "too many requests; retry later",
            "kind": "rate_limited",
            "retry_after": 6,
        });
        assert_eq!(body, expected);
        assert_eq!(problem.clone().into_response().headers()[RETRY_AFTER], "6");
        let named = problem.with_layer(&limited).to_json();
        assert!(named.contains(r#""layer":"rate limit `internal-name`""#), "{named}");
    }

    #[test]
    fn limits_of_calls_to_others_do_not_blame_the_client() {
        let status = |kind, side| Problem::refused(&refusal(kind), side).status().as_u16();
        assert_eq!(status(RefusalKind::RateLimited, Side::Outbound), 503);
        assert_eq!(status(RefusalKind::CircuitOpen, Side::Inbound), 503);
        assert_eq!(status(RefusalKind::UnknownName, Side::Inbound), 500);
        assert_eq!(
            Problem::from_error(&Error::Failed("secret"), Side::Inbound).status().as_u16(),
            502
        );
        assert!(
            !Problem::from_error(&Error::Failed("secret"), Side::Inbound)
                .to_json()
                .contains("secret")
        );
    }

    #[test]
    fn clients_of_an_open_circuit_return_at_different_times_and_never_early() {
        let open = refusal(RefusalKind::CircuitOpen).with_retry_after(Duration::from_secs(100));
        let waits: Vec<u64> = (0..64)
            .filter_map(|_| Problem::refused(&open, Side::Inbound).retry_after())
            .map(|wait| wait.as_secs())
            .collect();
        assert_eq!(waits.len(), 64);
        assert!(waits.iter().all(|wait| (100..=110).contains(wait)), "{waits:?}");
        assert!(waits.iter().any(|wait| *wait != waits[0]), "{waits:?}");
    }
}
