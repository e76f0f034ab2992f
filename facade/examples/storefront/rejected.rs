use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use seawall::{Elapsed, Error, Refusal};
use seawall_pool_managers::ManagerError;
use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::payments::ChargeError;

/// The reason why an order was not placed.
#[derive(Debug)]
pub(crate) enum Rejected {
    /// It was not tried, so that it can be sent again.
    Refused(Refusal),
    TimedOut(Elapsed),
    Charge(ChargeError),
    Database(Failure),
}

/// The answer to the customer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Apology {
    pub(crate) error: String,
    /// The kind of protection that refused, if one did.
    pub(crate) refused_by: Option<String>,
}

impl IntoResponse for Rejected {
    fn into_response(self) -> Response {
        let (mut retry_after, mut refused_by) = (None, None);
        let (status, error) = match self {
            Self::Refused(refusal) => {
                retry_after = refusal.retry_after_seconds();
                refused_by = Some(refusal.by().component().as_str().to_owned());
                let status = match refusal.is_rate_limited() {
                    true => StatusCode::TOO_MANY_REQUESTS,
                    false => StatusCode::SERVICE_UNAVAILABLE,
                };
                (status, refusal.to_string())
            }
            Self::TimedOut(elapsed) => (StatusCode::GATEWAY_TIMEOUT, elapsed.to_string()),
            Self::Charge(error @ ChargeError::Declined) => {
                (StatusCode::PAYMENT_REQUIRED, error.to_string())
            }
            Self::Charge(error) => (StatusCode::BAD_GATEWAY, error.to_string()),
            Self::Database(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        };
        let apology = Json(Apology { error, refused_by });
        match retry_after {
            Some(seconds) => {
                (status, [(header::RETRY_AFTER, seconds.to_string())], apology).into_response()
            }
            None => (status, apology).into_response(),
        }
    }
}

impl From<Refusal> for Rejected {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<ChargeError> for Rejected {
    fn from(error: ChargeError) -> Self {
        Self::Charge(error)
    }
}

impl From<rusqlite::Error> for Rejected {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<ManagerError> for Rejected {
    fn from(error: ManagerError) -> Self {
        Self::Database(error.into())
    }
}

impl<E: Into<Self>> From<Error<E>> for Rejected {
    fn from(error: Error<E>) -> Self {
        match error {
            Error::Refused(refusal) => Self::Refused(refusal),
            Error::TimedOut(elapsed) => Self::TimedOut(elapsed),
            Error::Failed(error) => error.into(),
        }
    }
}
