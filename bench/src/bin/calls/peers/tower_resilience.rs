use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use tower::{Service, ServiceBuilder, service_fn};
use tower_resilience::circuitbreaker::CircuitBreakerLayer;
use tower_resilience::ratelimiter::RateLimiterLayer;
use tower_resilience::timelimiter::TimeLimiterLayer;

use super::{Caller, LIMIT, TIMEOUT};
use crate::operation::Operation;

/// Its layers; the services made from them share their state.
pub struct Stack {
    limit: RateLimiterLayer,
    timeout: Duration,
}

impl Stack {
    pub fn new() -> Self {
        let limit = RateLimiterLayer::builder()
            .limit_for_period(LIMIT as usize)
            .refresh_period(Duration::from_secs(1))
            .timeout_duration(Duration::ZERO)
            .build()
            .expect("valid options");
        Self { limit, timeout: TIMEOUT }
    }
}

impl Caller for Stack {
    async fn call<O: Operation>(self: Arc<Self>, calls: u64) -> u64 {
        let breaker = CircuitBreakerLayer::builder()
            .failure_rate_threshold(0.5)
            .sliding_window_size(100)
            .minimum_number_of_calls(20)
            .wait_duration_in_open(Duration::from_secs(5))
            .build()
            .expect("valid options");
        let time_limit = TimeLimiterLayer::builder().timeout_duration(self.timeout).build();
        let mut service = ServiceBuilder::new()
            .layer(self.limit.clone())
            .layer(breaker)
            .layer(time_limit)
            .service(service_fn(|(): ()| O::run()));
        let mut through = 0;
        for _ in 0..calls {
            if poll_fn(|cx| service.poll_ready(cx)).await.is_ok() {
                through += u64::from(service.call(()).await.is_ok());
            }
        }
        through
    }
}
