//! Pools of deadpool that their owner changes, or whose manager panics.

use std::convert::Infallible;
use std::num::NonZeroU32;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use deadpool::managed::{Manager, Metrics, Pool, RecycleResult};
use seawall_core::pool::{Manage, PoolOptions};
use seawall_core::{Driver, RefusalKind, Tick};
use seawall_pool_deadpool::{Existing, from_pool};
use seawall_testkit::ManualClock;

/// Makes numbers, and panics when one of them is taken out of the pool.
struct Numbers;

impl Manager for Numbers {
    type Type = u64;
    type Error = Infallible;

    async fn create(&self) -> Result<u64, Infallible> {
        Ok(42)
    }

    async fn recycle(&self, _: &mut u64, _: &Metrics) -> RecycleResult<Infallible> {
        Ok(())
    }

    fn detach(&self, number: &mut u64) {
        assert_ne!(*number, 13, "it cannot be detached");
    }
}

fn raw(max_size: usize) -> Pool<Numbers> {
    Pool::builder(Numbers).max_size(max_size).build().expect("no timeouts")
}

fn size(size: u32) -> NonZeroU32 {
    NonZeroU32::new(size).expect("not zero")
}

#[test]
fn resizing_compares_with_the_size_that_the_pool_has() {
    let raw = raw(4);
    let pool = from_pool("numbers", &raw);
    pool.resize(size(10)).expect("deadpool can resize");
    assert_eq!((raw.status().max_size, pool.status().max), (10, 10));
    raw.resize(3);
    pool.resize(size(10)).expect("deadpool can resize");
    assert_eq!(raw.status().max_size, 10, "the owner had changed it meanwhile");
}

#[tokio::test]
async fn a_pool_that_its_owner_closes_refuses_waiters_at_once() {
    let raw = raw(1);
    let pool = from_pool("numbers", &raw);
    let lent = pool.checkout().await.expect("it connects");
    let waiting = pool.checkout();
    let (refused, ()) = tokio::join!(waiting, async { raw.close() });
    assert_eq!(refused.expect_err("closed").kind(), RefusalKind::ShuttingDown);
    drop(lent);
    assert_eq!(pool.status().size, 0);
}

#[tokio::test]
async fn a_manager_that_panics_while_a_use_unwinds_does_not_end_the_process() {
    let pool = from_pool("numbers", &raw(1));
    let used = pool.clone();
    let cut = tokio::spawn(async move {
        let work = async |number: &mut u64| -> Result<(), Infallible> {
            *number = 13;
            panic!("the use panics")
        };
        used.lend().with(work).await
    });
    assert!(cut.await.expect_err("it panics").is_panic());
    assert_eq!(*pool.checkout().await.expect("its place is free"), 42);
}

/// Panics when a use is cancelled: at once, or when the server would have answered.
struct Fragile {
    waits: bool,
}

impl Manage for Fragile {
    type Resource = u64;
    type Error = Infallible;

    async fn create(&self) -> Result<u64, Infallible> {
        Ok(42)
    }

    async fn cancel(&self, _: u64) {
        if self.waits {
            tokio::task::yield_now().await;
        }
        panic!("it cannot be cancelled")
    }
}

#[tokio::test]
async fn a_cancellation_that_panics_ends_neither_the_process_nor_the_background_work() {
    for waits in [false, true] {
        let options = PoolOptions::new().with_max_size(size(1));
        let pool = seawall_pool_deadpool::start("numbers", Fragile { waits }, &options);
        let pool = pool.expect("valid options");
        let maintained = tokio::spawn(pool.maintain());
        tokio::task::yield_now().await;
        for _ in 0..3 {
            let used = pool.clone();
            let cut = tokio::spawn(async move {
                let work =
                    async |_: &mut u64| -> Result<(), Infallible> { panic!("the use panics") };
                used.lend().with(work).await
            });
            assert!(cut.await.expect_err("it panics").is_panic());
        }
        assert_eq!(*pool.checkout().await.expect("its place is free"), 42);
        assert!(!maintained.is_finished(), "the background work goes on");
    }
}

/// Connects with what another pool lends.
struct Outer(Existing<Numbers>);

impl Manager for Outer {
    type Type = u64;
    type Error = Infallible;

    async fn create(&self) -> Result<u64, Infallible> {
        Ok(*self.0.checkout().await.expect("it is lent in time"))
    }

    async fn recycle(&self, _: &mut u64, _: &Metrics) -> RecycleResult<Infallible> {
        Ok(())
    }
}

#[tokio::test]
async fn a_wait_inside_of_a_connect_is_no_wait_for_the_pool_that_connects() {
    let inner = from_pool("inner", &raw(1));
    let lent = inner.checkout().await.expect("it connects");
    let outer: Pool<_> = Pool::builder(Outer(inner.clone())).build().expect("no timeouts");
    let outer = from_pool("outer", &outer);
    let mut connecting = pin!(outer.try_checkout());
    let polled = connecting.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending(), "it is not full: {polled:?}");
    assert_eq!(outer.status().waiting, 0);
    drop(lent);
    assert_eq!(*connecting.await.expect("it connects"), 42);
}

/// Resources that need a runtime to be made and checked, and to be dropped.
struct Timed;

struct Spawns;

impl Drop for Spawns {
    fn drop(&mut self) {
        tokio::spawn(async {});
    }
}

impl Manager for Timed {
    type Type = Spawns;
    type Error = Infallible;

    async fn create(&self) -> Result<Spawns, Infallible> {
        tokio::time::sleep(Duration::from_nanos(1)).await;
        Ok(Spawns)
    }

    async fn recycle(&self, _: &mut Spawns, _: &Metrics) -> RecycleResult<Infallible> {
        tokio::time::sleep(Duration::from_nanos(1)).await;
        Ok(())
    }
}

#[test]
fn a_thread_outside_of_the_runtime_borrows_too() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime");
    let entered = runtime.enter();
    let raw: Pool<Timed> = Pool::builder(Timed).max_size(1).build().expect("no timeouts");
    let pool = from_pool("timed", &raw);
    drop(entered);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = std::thread::spawn(move || runtime.block_on(stopped));
    for _ in 0..2 {
        drop(pool.lend().checkout_blocking().expect("it connects, or it comes back"));
    }
    assert_eq!(pool.status().size, 1);
    pool.lend().checkout_blocking().expect("it comes back").discard();
    assert_eq!(pool.status().size, 0);
    let lent = pool.lend().checkout_blocking().expect("it connects");
    raw.close();
    drop(lent);
    drop(stop);
    running.join().expect("no panic").expect_err("it is not sent");
}

#[test]
fn the_background_work_ends_when_the_owner_closes_the_pool() {
    let raw = raw(1);
    let time = ManualClock::new();
    let driver = Driver::new().with_clock(time.clock());
    let pool = from_pool("numbers", &raw).with_driver(driver);
    let close = async {
        time.clock().sleep_until(time.now() + Duration::from_millis(1)).await;
        raw.close();
    };
    time.block_on(async { tokio::join!(biased; pool.maintain(), close) });
    assert!(time.now() <= Tick::ZERO + Duration::from_secs(1));
}
