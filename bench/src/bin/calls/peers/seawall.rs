//! Seawall: from settings on the facade's default clock, unless a name says otherwise.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use seawall::{Builder, Clock, ConfigSource, Driver, Event, Handle, Infrastructure, Observer};
use seawall_breaker::{BreakerOptions, CircuitBreaker, Ratio};
use seawall_ratelimit::{RateLimiter, Rule};

use super::{Caller, LIMIT, TIMEOUT};
use crate::operation::Operation;

const SETTINGS: &str = r#"
    [rate_limit.api]
    limit = 1000000000
    period = "1s"

    [breaker.payments]
    failure_rate = 0.5

    [protection.charge_card]
    rate_limit = "api"
    breaker = "payments"
    timeout = "1s"
"#;

pub fn settings() -> Builder {
    Infrastructure::builder().config(ConfigSource::new().toml_str(SETTINGS))
}

pub fn on_system_clock() -> Builder {
    settings().clock(Clock::system())
}

pub fn observed() -> Builder {
    settings().observer(Count(AtomicU64::new(0)))
}

/// Counts events: the least that a listener can do.
struct Count(AtomicU64);

impl Observer for Count {
    fn observe(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

pub struct ByName(Infrastructure);

impl ByName {
    pub fn new(builder: Builder) -> Self {
        Self(builder.build().expect("valid settings"))
    }
}

impl Caller for ByName {
    async fn call<O: Operation>(self: Arc<Self>, calls: u64) -> u64 {
        let mut through = 0;
        for _ in 0..calls {
            through += u64::from(self.0.execute_protected("charge_card", O::run).await.is_ok());
        }
        through
    }
}

/// By a handle that is kept.
pub struct Held(Handle);

impl Held {
    pub fn new(builder: Builder) -> Self {
        let infra = builder.build().expect("valid settings");
        Self(infra.protection("charge_card").expect("configured"))
    }

    /// Composed in code of the same components.
    pub fn composed() -> Self {
        let infra = settings().build().expect("valid settings");
        let compose = infra.compose().rate_limit("api").breaker("payments").timeout(TIMEOUT);
        Self(compose.build().expect("valid"))
    }
}

impl Caller for Held {
    async fn call<O: Operation>(self: Arc<Self>, calls: u64) -> u64 {
        let mut through = 0;
        for _ in 0..calls {
            through += u64::from(self.0.run(O::run).await.is_ok());
        }
        through
    }
}

/// The same protection composed by types, without settings.
pub struct Static {
    driver: Driver,
    layers: (RateLimiter, CircuitBreaker),
}

impl Static {
    pub fn new() -> Self {
        let rule = Rule::new("api", LIMIT, std::time::Duration::from_secs(1));
        let breaker = BreakerOptions::new("payments").failure_rate(Ratio::percent(50));
        let limiter = RateLimiter::start(&rule).expect("a valid rule");
        let breaker = CircuitBreaker::start(&breaker).expect("valid options");
        let driver = Driver::new().with_clock(Clock::quanta());
        Self { driver, layers: (limiter, breaker) }
    }
}

impl Caller for Static {
    async fn call<O: Operation>(self: Arc<Self>, calls: u64) -> u64 {
        let mut through = 0;
        for _ in 0..calls {
            let call = self.driver.protect(&self.layers).timeout(TIMEOUT);
            through += u64::from(call.run(O::run).await.is_ok());
        }
        through
    }
}
