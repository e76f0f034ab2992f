use http::StatusCode;
use seawall_core::RefusalKind;

/// Which call a refusal is about, from the view of the server that answers with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The request that the server got. The client can do something about an exhausted limit.
    Inbound,
    /// A call that the server makes to serve the request. The client can do nothing about its limits.
    Outbound,
}

impl Side {
    /// Returns the status of a response to a request that was refused.
    #[must_use]
    pub const fn status(self, kind: RefusalKind) -> StatusCode {
        match (self, kind) {
            (
                Self::Inbound,
                RefusalKind::RateLimited | RefusalKind::CostAboveLimit | RefusalKind::KeyBlocked,
            ) => StatusCode::TOO_MANY_REQUESTS,
            (_, RefusalKind::UnknownName) => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
