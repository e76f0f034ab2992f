//! Seawall's pools, whichever backend they have.

use std::convert::Infallible;
use std::num::NonZeroU32;
use std::time::Duration;

use seawall_breaker::{BreakerOptions, CircuitBreaker, Ratio};
use seawall_core::pool::{Pool, PoolOptions};
use seawall_core::{Clock, Driver};

use crate::numbers::SIZE;
use crate::peer::{Pairs, Tasks, Threads, hold_task, hold_thread};

/// A pool for the benchmarks.
pub trait Numbers: Pool<Resource = u64> + Clone + 'static {}

impl<P: Pool<Resource = u64> + Clone + 'static> Numbers for P {}

/// Borrows a guard, which returns the connection when it is dropped.
#[derive(Clone)]
pub struct Checkout<P> {
    driver: Driver,
    pool: P,
}

/// Runs an operation with a connection, with one deadline for all of it.
#[derive(Clone)]
pub struct With<P>(Checkout<P>);

/// Runs an operation with a connection, without a deadline for the operation.
#[derive(Clone)]
pub struct Unlimited<P>(Checkout<P>);

/// Does the same as `With` inside a circuit breaker.
#[derive(Clone)]
pub struct UnderBreaker<P> {
    with: With<P>,
    breaker: CircuitBreaker,
}

pub const DEADLINE: Duration = Duration::from_secs(30);

pub fn options() -> PoolOptions {
    let size = NonZeroU32::new(SIZE).expect("eight");
    PoolOptions::new().with_max_size(size).with_checkout_timeout(DEADLINE)
}

/// The libraries' defaults: thirty minutes of lifetime, ten minutes idle.
pub fn aging() -> PoolOptions {
    const MINUTE: Duration = Duration::from_secs(60);
    options().with_max_lifetime(30 * MINUTE).with_max_idle_time(10 * MINUTE)
}

pub fn checkout<P: Numbers>(pool: P, clock: Clock) -> Checkout<P> {
    Checkout { driver: Driver::new().with_clock(clock), pool }
}

pub fn with<P: Numbers>(pool: P, clock: Clock) -> With<P> {
    With(checkout(pool, clock))
}

pub fn unlimited<P: Numbers>(pool: P, clock: Clock) -> Unlimited<P> {
    Unlimited(checkout(pool, clock))
}

pub fn under_breaker<P: Numbers>(pool: P, clock: Clock) -> UnderBreaker<P> {
    let options = BreakerOptions::new("payments").failure_rate(Ratio::percent(50));
    let breaker = CircuitBreaker::start(&options).expect("valid options");
    UnderBreaker { with: with(pool, clock), breaker }
}

impl<P: Numbers> Tasks for Checkout<P> {
    async fn turn<const HOLD: bool>(&self) -> bool {
        let Ok(mut lent) = self.driver.lend(&self.pool).checkout().await else { return false };
        *lent += 1;
        hold_task::<HOLD>().await;
        true
    }
}

impl<P: Numbers> Pairs for Checkout<P> {
    async fn pair(&self) -> bool {
        let Self { driver, pool } = self;
        let Ok(mut one) = driver.lend(pool).checkout().await else { return false };
        let Ok(mut other) = driver.lend(pool).checkout().await else { return false };
        *one += 1;
        *other += 1;
        true
    }
}

impl<P: Numbers> Threads for Checkout<P> {
    fn turn<const HOLD: bool>(&self) -> bool {
        let Ok(mut lent) = self.driver.lend(&self.pool).checkout_blocking() else { return false };
        *lent += 1;
        hold_thread::<HOLD>();
        true
    }
}

async fn use_number<const HOLD: bool>(number: &mut u64) -> Result<(), Infallible> {
    *number += 1;
    hold_task::<HOLD>().await;
    Ok(())
}

impl<P: Numbers> Tasks for With<P> {
    async fn turn<const HOLD: bool>(&self) -> bool {
        let Checkout { driver, pool } = &self.0;
        driver.lend(pool).deadline(DEADLINE).with(use_number::<HOLD>).await.is_ok()
    }
}

impl<P: Numbers> Tasks for Unlimited<P> {
    async fn turn<const HOLD: bool>(&self) -> bool {
        let Checkout { driver, pool } = &self.0;
        driver.lend(pool).with(use_number::<HOLD>).await.is_ok()
    }
}

impl<P: Numbers> Threads for With<P> {
    fn turn<const HOLD: bool>(&self) -> bool {
        let Checkout { driver, pool } = &self.0;
        let work = |number: &mut u64| {
            *number += 1;
            hold_thread::<HOLD>();
            Ok::<(), Infallible>(())
        };
        driver.lend(pool).deadline(DEADLINE).with_blocking(work).is_ok()
    }
}

impl<P: Numbers> Tasks for UnderBreaker<P> {
    async fn turn<const HOLD: bool>(&self) -> bool {
        let Checkout { driver, pool } = &self.with.0;
        driver.protect(&self.breaker).with(pool, use_number::<HOLD>).await.is_ok()
    }
}
