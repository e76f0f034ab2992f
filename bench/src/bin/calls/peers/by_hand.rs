//! What a service would write itself, over the libraries that are commonly taken for it.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use recloser::{AsyncRecloser, Recloser};

use super::{Caller, LIMIT, TIMEOUT};
use crate::operation::Operation;

/// The operation without any protection.
pub struct Bare;

impl Caller for Bare {
    async fn call<O: Operation>(self: Arc<Self>, calls: u64) -> u64 {
        let mut through = 0;
        for _ in 0..calls {
            through += u64::from(O::run().await.is_ok());
        }
        through
    }
}

pub struct ByHand {
    limiter: DefaultDirectRateLimiter,
    breaker: AsyncRecloser,
}

impl ByHand {
    pub fn new() -> Self {
        let limit = NonZeroU32::new(LIMIT).expect("not zero");
        let breaker = Recloser::custom()
            .error_rate(0.5)
            .closed_len(100)
            .open_wait(Duration::from_secs(5))
            .build();
        Self {
            limiter: RateLimiter::direct(Quota::per_second(limit)),
            breaker: AsyncRecloser::from(breaker),
        }
    }
}

impl Caller for ByHand {
    async fn call<O: Operation>(self: Arc<Self>, calls: u64) -> u64 {
        let mut through = 0;
        for _ in 0..calls {
            if self.limiter.check().is_ok() {
                let limited = async {
                    match tokio::time::timeout(TIMEOUT, O::run()).await {
                        Ok(Ok(value)) => Ok(value),
                        Ok(Err(_)) | Err(_) => Err(()),
                    }
                };
                through += u64::from(self.breaker.call(limited).await.is_ok());
            }
        }
        through
    }
}
