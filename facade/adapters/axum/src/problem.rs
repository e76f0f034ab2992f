use axum::response::{IntoResponse, Response};
use seawall_core::{Error, Refusal};
use seawall_http::Side;

/// A call that did not succeed, as a response: problem details by RFC 9457.
///
/// By `?`, it is that of a call which the handler made to another service, so that no client is blamed for
/// it. [`inbound`](Self::inbound) is that of the request itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem(pub seawall_http::Problem);

impl Problem {
    /// Creates the problem of a request that the server itself refused or cut.
    pub fn inbound<E>(error: &Error<E>) -> Self {
        Self(seawall_http::Problem::from_error(error, Side::Inbound))
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self(seawall_http::Problem::refused(&refusal, Side::Outbound))
    }
}

impl<E> From<Error<E>> for Problem {
    /// The operation's own error is not shown to clients; log it before.
    fn from(error: Error<E>) -> Self {
        Self(seawall_http::Problem::from_error(&error, Side::Outbound))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.0.into_response().into_response()
    }
}
