use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::StatusCode;
use seawall::Verdict;

use crate::Failure;
use crate::gauge::Gauge;
use crate::order::Order;

/// The shop's client of the payment service.
pub(crate) struct Payments {
    http: reqwest::Client,
    url: String,
    sent: AtomicU64,
    in_flight: Gauge,
}

/// The reason why a card was not charged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChargeError {
    /// The service works, but the card is not good.
    #[error("the card was declined")]
    Declined,
    #[error("the payment service answered {0}")]
    Broken(StatusCode),
    #[error("the payment service could not be reached: {0}")]
    Unreachable(reqwest::Error),
}

impl Payments {
    /// Creates a client with the long timeout that is usual for clients.
    pub(crate) fn new(url: String) -> Result<Self, Failure> {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).build()?;
        Ok(Self { http, url, sent: AtomicU64::new(0), in_flight: Gauge::default() })
    }

    pub(crate) async fn charge(&self, order: &Order) -> Result<(), ChargeError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let _one = self.in_flight.one_more();
        let answer = self.http.post(&self.url).json(order).send().await;
        match answer.map_err(ChargeError::Unreachable)?.status() {
            StatusCode::OK => Ok(()),
            status if status.is_client_error() => Err(ChargeError::Declined),
            status => Err(ChargeError::Broken(status)),
        }
    }

    /// Says what a result means for the service: a declined card is not a failure of the service.
    pub(crate) fn verdict(result: &Result<(), ChargeError>) -> Verdict {
        match result {
            Ok(()) | Err(ChargeError::Declined) => Verdict::Success,
            Err(ChargeError::Broken(_) | ChargeError::Unreachable(_)) => Verdict::Failure,
        }
    }

    /// Returns the number of calls that were sent.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    pub(crate) fn in_flight(&self) -> &Gauge {
        &self.in_flight
    }
}
