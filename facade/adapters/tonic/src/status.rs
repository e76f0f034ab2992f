use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::{Error, Refusal, RefusalKind};
use seawall_http::{Problem, Side, retry_wait};
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// The metadata by which a server asks clients of any gRPC stack to wait, in milliseconds; negative if another
/// attempt does not help.
pub(crate) const PUSHBACK: &str = "grpc-retry-pushback-ms";

/// Returns the status of a call that was refused or cut, with the refusal or the timeout as its source.
///
/// A server answers with it: `side` says whether its own request was refused, or a call that it makes to
/// serve one. The message says no more than clients may know.
pub fn status<E>(error: &Error<E>, side: Side) -> Status {
    let problem = Problem::from_error(error, side);
    match error {
        Error::Refused(refusal) => refused(refusal, side, problem.detail()),
        Error::TimedOut(elapsed) => {
            let mut status = Status::deadline_exceeded(problem.detail());
            status.set_source(Arc::new(elapsed.clone()));
            status
        }
        Error::Failed(_) => Status::unavailable(problem.detail()),
    }
}

/// Returns the status of a call of a client that was refused or cut, with a message for the caller's own logs.
pub(crate) fn of_client(error: Error<Infallible>) -> Status {
    match error {
        Error::Refused(refusal) => refused(&refusal, Side::Outbound, &refusal.to_string()),
        Error::TimedOut(elapsed) => {
            let mut status = Status::deadline_exceeded(elapsed.to_string());
            status.set_source(Arc::new(elapsed));
            status
        }
        Error::Failed(never) => match never {},
    }
}

fn refused(refusal: &Refusal, side: Side, message: &str) -> Status {
    let code = code(refusal.kind(), side);
    let (mut details, mut metadata) = (ErrorDetails::new(), MetadataMap::new());
    let is_quota = matches!(refusal.kind(), RefusalKind::RateLimited | RefusalKind::CostAboveLimit);
    if is_quota && code == Code::ResourceExhausted {
        details.add_quota_failure_violation("client", message);
    }
    let pushback = match (retry_wait(refusal), refusal.kind()) {
        (Some(wait), _) => {
            details.set_retry_info(Some(wait));
            Some(i64::try_from(whole_millis(wait)).unwrap_or(i64::MAX))
        }
        (None, RefusalKind::CostAboveLimit | RefusalKind::KeyBlocked) => Some(-1),
        (None, _) => None,
    };
    if let Some(pushback) = pushback {
        metadata.insert(PUSHBACK, MetadataValue::from(pushback));
    }
    let mut status = Status::with_error_details_and_metadata(code, message, details, metadata);
    status.set_source(Arc::new(refusal.clone()));
    status
}

/// Rounds up, so that no client returns too early.
fn whole_millis(wait: Duration) -> u128 {
    wait.as_nanos().div_ceil(1_000_000)
}

const fn code(kind: RefusalKind, side: Side) -> Code {
    match (kind, side) {
        (
            RefusalKind::RateLimited | RefusalKind::CostAboveLimit | RefusalKind::KeyBlocked,
            Side::Inbound,
        )
        | (RefusalKind::BulkheadFull | RefusalKind::BulkheadTimeout, Side::Inbound) => {
            Code::ResourceExhausted
        }
        (RefusalKind::Deadline, _) => Code::DeadlineExceeded,
        (RefusalKind::UnknownName, _) => Code::Internal,
        _ => Code::Unavailable,
    }
}

/// Returns the refusal that a status was made of, if the call was refused by a protection and never sent.
#[must_use]
pub fn refusal_of(status: &Status) -> Option<&Refusal> {
    let mut source = std::error::Error::source(status);
    while let Some(error) = source {
        if let Some(refusal) = error.downcast_ref() {
            return Some(refusal);
        }
        source = error.source();
    }
    None
}
