//! A pool behind a rate limit, a circuit breaker and a timeout: written by hand, and from settings.

use std::convert::Infallible;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use recloser::{AsyncRecloser, Recloser};
use seawall::{ConfigSource, Handle, Infrastructure, Pool};
use seawall_bench::Subject;

use super::deadpool::Raw;
use crate::crowd::Contender;
use crate::numbers::Numbers;
use crate::peer::{Tasks, hold_task};
use crate::tasks;

const LIMIT: u32 = 1_000_000_000;
const TIMEOUT: Duration = Duration::from_secs(1);

const SETTINGS: &str = r#"
    [rate_limit.api]
    limit = 1000000000
    period = "1s"

    [breaker.orders]
    failure_rate = 0.5

    [pool.orders]
    max_size = 8

    [protection.place_order]
    rate_limit = "api"
    breaker = "orders"
    timeout = "1s"
"#;

pub fn idle() -> Vec<Subject<()>> {
    vec![
        Subject {
            name: "by hand: deadpool + governor + recloser + Tokio",
            start: |()| tasks::alone(ByHand::new()),
        },
        Subject {
            name: "seawall, from settings, by a handle",
            start: |()| tasks::alone(ByHandle::new()),
        },
        Subject {
            name: "seawall, from settings, by name",
            start: |()| tasks::alone(ByName::new()),
        },
    ]
}

pub fn crowd() -> Vec<Contender> {
    vec![
        Contender {
            name: "by hand: deadpool + governor + recloser + Tokio",
            start: |_| tasks::crowd(ByHand::new()),
        },
        Contender {
            name: "seawall, from settings, by a handle",
            start: |_| tasks::crowd(ByHandle::new()),
        },
    ]
}

/// What a service would write itself, over the libraries that are commonly taken for it.
#[derive(Clone)]
struct ByHand {
    limiter: Arc<DefaultDirectRateLimiter>,
    breaker: AsyncRecloser,
    pool: Raw,
}

impl ByHand {
    fn new() -> Self {
        let limit = NonZeroU32::new(LIMIT).expect("not zero");
        let breaker = Recloser::custom()
            .error_rate(0.5)
            .closed_len(100)
            .open_wait(Duration::from_secs(5))
            .build();
        Self {
            limiter: Arc::new(RateLimiter::direct(Quota::per_second(limit))),
            breaker: AsyncRecloser::from(breaker),
            pool: Raw::new(),
        }
    }
}

impl Tasks for ByHand {
    async fn turn<const HOLD: bool>(&self) -> bool {
        if self.limiter.check().is_err() {
            return false;
        }
        let limited = async {
            match tokio::time::timeout(TIMEOUT, self.pool.turn::<HOLD>()).await {
                Ok(true) => Ok(()),
                Ok(false) | Err(_) => Err(()),
            }
        };
        self.breaker.call(limited).await.is_ok()
    }
}

fn infrastructure() -> Infrastructure {
    let settings = ConfigSource::new().toml_str(SETTINGS);
    let builder = Infrastructure::builder().config(settings).pool("orders", Numbers);
    builder.build().expect("valid settings")
}

/// By a handle that is kept.
#[derive(Clone)]
struct ByHandle {
    place_order: Handle,
    orders: Pool<Numbers>,
}

impl ByHandle {
    fn new() -> Self {
        let infra = infrastructure();
        let place_order = infra.protection("place_order").expect("configured");
        Self { place_order, orders: infra.pool("orders").expect("configured") }
    }
}

impl Tasks for ByHandle {
    async fn turn<const HOLD: bool>(&self) -> bool {
        self.place_order.call().with(&self.orders, use_number::<HOLD>).await.is_ok()
    }
}

#[derive(Clone)]
struct ByName {
    infra: Infrastructure,
    orders: Pool<Numbers>,
}

impl ByName {
    fn new() -> Self {
        let infra = infrastructure();
        let orders = infra.pool("orders").expect("configured");
        Self { infra, orders }
    }
}

impl Tasks for ByName {
    async fn turn<const HOLD: bool>(&self) -> bool {
        let Ok(call) = self.infra.protect("place_order") else { return false };
        call.with(&self.orders, use_number::<HOLD>).await.is_ok()
    }
}

async fn use_number<const HOLD: bool>(number: &mut u64) -> Result<(), Infallible> {
    *number += 1;
    hold_task::<HOLD>().await;
    Ok(())
}
