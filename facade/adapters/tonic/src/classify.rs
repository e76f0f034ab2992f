use std::time::Duration;

use http::HeaderMap;
use seawall_core::{Class, Classify, Verdict};
use tonic::metadata::MetadataValue;
use tonic::{Code, Response, Status};
use tonic_types::StatusExt;

use crate::status::{PUSHBACK, refusal_of};

/// Judges calls by their status.
///
/// | status | counts as |
/// |---|---|
/// | `RESOURCE_EXHAUSTED`, or `UNAVAILABLE` with `RetryInfo` or `grpc-retry-pushback-ms` | overload, with that |
/// | other `UNAVAILABLE`, `DEADLINE_EXCEEDED`, `INTERNAL`, `UNKNOWN`, `DATA_LOSS` | failure |
/// | `CANCELLED`, and what a protection of this client has refused | ignored |
/// | all others | success: the server answers, so a probe has found it alive |
///
/// A call that a server must not be asked again, by a negative `grpc-retry-pushback-ms`, is not attempted again.
#[derive(Clone, Copy, Debug, Default)]
pub struct GrpcStatus;

impl GrpcStatus {
    /// Returns what `status` says about the server.
    #[must_use]
    pub fn class(status: &Status) -> Class {
        let pushback = status.metadata().get(PUSHBACK).map(MetadataValue::as_bytes);
        // Whatever is no number asks for no other attempt.
        let pushback = pushback.map(|text| std::str::from_utf8(text).ok()?.parse::<u64>().ok());
        let asked = match pushback {
            Some(millis) => millis.map(Duration::from_millis),
            None => status.get_details_retry_info().and_then(|info| info.retry_delay),
        };
        let class = match status.code() {
            Code::Cancelled => Verdict::Ignored.into(),
            _ if refusal_of(status).is_some() => Verdict::Ignored.into(),
            Code::ResourceExhausted => Class::overload(asked),
            Code::Unavailable if asked.is_some() => Class::overload(asked),
            Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Internal
            | Code::Unknown
            | Code::DataLoss => Verdict::Failure.into(),
            _ => Verdict::Success.into(),
        };
        if pushback == Some(None) { class.do_not_retry() } else { class }
    }

    /// Returns what headers or trailers say, if they have a status.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Class> {
        Status::from_header_map(headers).map(|status| Self::class(&status))
    }
}

impl<T> Classify<Response<T>, Status> for GrpcStatus {
    fn classify(&self, result: &Result<Response<T>, Status>) -> Class {
        match result {
            Ok(_) => Verdict::Success.into(),
            Err(status) => Self::class(status),
        }
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::ErrorDetails;

    use super::*;

    #[test]
    fn a_status_says_how_the_server_is() {
        let class = |code| GrpcStatus::class(&Status::new(code, ""));
        for code in [Code::Unavailable, Code::Internal, Code::Unknown, Code::DeadlineExceeded] {
            assert_eq!(class(code), Verdict::Failure.into(), "{code:?}");
        }
        for code in [Code::Ok, Code::NotFound, Code::InvalidArgument, Code::Unimplemented] {
            assert_eq!(class(code), Verdict::Success.into(), "{code:?}");
        }
        assert_eq!(class(Code::Cancelled), Verdict::Ignored.into());
        assert_eq!(class(Code::ResourceExhausted), Class::overload(None));
    }

    #[test]
    fn a_server_that_asks_to_wait_is_overloaded() {
        let wait = Duration::from_millis(1500);
        let details = ErrorDetails::with_retry_info(Some(wait));
        let status = Status::with_error_details(Code::Unavailable, "", details);
        assert_eq!(GrpcStatus::class(&status), Class::overload(Some(wait)));
        let pushed = |text: &str| {
            let mut status = Status::resource_exhausted("");
            let text = text.parse().expect("a metadata value");
            status.metadata_mut().insert(PUSHBACK, text);
            GrpcStatus::class(&status)
        };
        assert_eq!(pushed("1500"), Class::overload(Some(wait)));
        for text in ["-1", "soon", ""] {
            assert_eq!(pushed(text), Class::overload(None).do_not_retry(), "{text}");
        }
    }
}
