//! Seawall's pools, over each library.

use std::convert::Infallible;
use std::num::NonZeroU32;
use std::time::Duration;

use seawall_core::pool::PoolOptions;
use seawall_core::{Clock, Driver};
use seawall_pool_kit::{Pool, Rack};

use crate::numbers::{Numbers, SIZE};
use crate::peer::{Pairs, Tasks, Threads, hold_task, hold_thread};

/// Borrows a guard, which returns the connection when it is dropped.
pub struct Checkout<K: Rack<Resource = u64>>(Pool<Numbers, K>);

/// Runs an operation in the pool, with one deadline for all of it.
pub struct Transaction<K: Rack<Resource = u64>>(Pool<Numbers, K>);

const DEADLINE: Duration = Duration::from_secs(30);

pub fn options() -> PoolOptions {
    let size = NonZeroU32::new(SIZE).expect("eight");
    PoolOptions::new().with_max_size(size).with_checkout_timeout(DEADLINE)
}

/// The libraries' defaults: thirty minutes of lifetime, ten minutes idle.
pub fn aging() -> PoolOptions {
    const MINUTE: Duration = Duration::from_secs(60);
    options().with_max_lifetime(30 * MINUTE).with_max_idle_time(10 * MINUTE)
}

pub fn checkout<K: Rack<Resource = u64>>(clock: Clock) -> Checkout<K> {
    Checkout(pool(options(), clock))
}

pub fn transaction<K: Rack<Resource = u64>>(options: PoolOptions, clock: Clock) -> Transaction<K> {
    Transaction(pool(options, clock))
}

fn pool<K: Rack<Resource = u64>>(options: PoolOptions, clock: Clock) -> Pool<Numbers, K> {
    Pool::new("bench", Numbers, options).with_driver(Driver::new().with_clock(clock))
}

impl<K: Rack<Resource = u64>> Clone for Checkout<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: Rack<Resource = u64>> Clone for Transaction<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: Rack<Resource = u64>> Tasks for Checkout<K> {
    async fn turn<const HOLD: bool>(&self) -> bool {
        let Ok(mut lent) = self.0.checkout().await else { return false };
        *lent += 1;
        hold_task::<HOLD>().await;
        true
    }
}

impl<K: Rack<Resource = u64>> Pairs for Checkout<K> {
    async fn pair(&self) -> bool {
        let Ok(mut one) = self.0.checkout().await else { return false };
        let Ok(mut other) = self.0.checkout().await else { return false };
        *one += 1;
        *other += 1;
        true
    }
}

impl<K: Rack<Resource = u64>> Threads for Checkout<K> {
    fn turn<const HOLD: bool>(&self) -> bool {
        let Ok(mut lent) = self.0.lend().checkout_blocking() else { return false };
        *lent += 1;
        hold_thread::<HOLD>();
        true
    }
}

impl<K: Rack<Resource = u64>> Tasks for Transaction<K> {
    async fn turn<const HOLD: bool>(&self) -> bool {
        let work = async |number: &mut u64| {
            *number += 1;
            hold_task::<HOLD>().await;
            Ok::<(), Infallible>(())
        };
        self.0.with(work, DEADLINE).await.is_ok()
    }
}

impl<K: Rack<Resource = u64>> Threads for Transaction<K> {
    fn turn<const HOLD: bool>(&self) -> bool {
        let work = |number: &mut u64| {
            *number += 1;
            hold_thread::<HOLD>();
            Ok::<(), Infallible>(())
        };
        self.0.with_blocking(work, DEADLINE).is_ok()
    }
}
