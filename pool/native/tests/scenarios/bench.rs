//! The options of rows.
//!
//! | option | meaning |
//! |---|---|
//! | `size`, `overflow` | number of connections, and of further ones while all are lent; default: 2 and 0 |
//! | `min_idle` | number of connections that the background work keeps idle; default: 0 |
//! | `order` | `lifo` or `fifo`; default: `lifo` |
//! | `wait` | maximum duration of a checkout; default: 5 s |

use std::num::NonZeroU32;
use std::time::Duration;

use seawall_core::Driver;
use seawall_core::pool::{Order, PoolOptions};
use seawall_testkit::ManualClock;
use seawall_testkit::pool::Dummy;
use seawall_testkit::scenario::{Subject, Time};
use serde::Deserialize;

use super::play::Play;
use crate::Pool;

/// The options of a row.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Options {
    size: Option<u32>,
    overflow: u32,
    min_idle: u32,
    order: Ordered,
    wait: Option<Time>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ordered {
    #[default]
    Lifo,
    Fifo,
}

/// Two pools of the same options, and the manager of both.
pub(crate) struct Bench {
    pub(crate) time: ManualClock,
    pub(crate) dummy: Dummy,
    pub(crate) pool: Pool<Dummy>,
    pub(crate) other: Pool<Dummy>,
}

impl Subject for Bench {
    type Options = Options;
    type Run<'s> = Play<'s>;

    fn start(options: Options, time: &ManualClock) -> Result<Self, String> {
        let size = NonZeroU32::new(options.size.unwrap_or(2)).ok_or("max_size")?;
        let order = match options.order {
            Ordered::Lifo => Order::Lifo,
            Ordered::Fifo => Order::Fifo,
        };
        let mut of_pool = PoolOptions::new()
            .with_max_size(size)
            .with_max_overflow(options.overflow)
            .with_min_idle(options.min_idle)
            .with_order(order)
            .with_jitter_percent(0)
            .with_check_after(Duration::ZERO);
        if let Some(Time(wait)) = options.wait {
            of_pool = of_pool.with_checkout_timeout(wait);
        }
        let (dummy, driver) = (Dummy::new(time.clock()), Driver::new().with_clock(time.clock()));
        let start = |name| {
            let pool = Pool::new(name, dummy.clone(), of_pool.clone());
            let pool = pool.map_err(|problem| problem.to_string())?;
            Ok::<_, String>(pool.with_driver(driver.clone()))
        };
        let (pool, other) = (start("row")?, start("other")?);
        Ok(Self { time: time.clone(), dummy, pool, other })
    }

    fn run(&self) -> Play<'_> {
        Play::new(self)
    }

    fn otherwise(word: &str) -> &'static str {
        match word {
            "lent" => "refused(pool_full)",
            "ready" => "degraded",
            "degraded" => "ready",
            _ => "lent",
        }
    }
}
