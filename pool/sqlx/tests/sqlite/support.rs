use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_core::Driver;
use seawall_pool_sqlx::Pool;
use seawall_testkit::ManualClock;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{Error, Sqlite};
use tokio::sync::Semaphore;
use tokio::task::yield_now;

pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn options(max: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(max)
}

/// Puts a pool with `options` under Seawall, by a clock that stands still.
pub(crate) fn adopted(options: SqlitePoolOptions) -> (ManualClock, Pool<Sqlite>) {
    let (time, raw) = (ManualClock::new(), options.connect_lazy("sqlite::memory:"));
    let pool = seawall_pool_sqlx::from_pool("orders", raw.expect("a URL"));
    let driver = Driver::new().with_clock(time.clock());
    (time, pool.with_driver(driver))
}

pub(crate) fn pool(max: u32) -> Pool<Sqlite> {
    adopted(options(max)).1
}

/// The connects of a pool: how many there were, and whether they may end.
#[derive(Clone)]
pub(crate) struct Connects {
    count: Arc<AtomicU32>,
    may_end: Arc<Semaphore>,
}

impl Connects {
    /// Returns a pool whose connects are counted, of which `free` may end.
    pub(crate) fn of(max: u32, free: usize) -> (Self, ManualClock, Pool<Sqlite>) {
        let connects = Self { count: Arc::default(), may_end: Arc::new(Semaphore::new(free)) };
        let Self { count, may_end } = connects.clone();
        let (time, pool) = adopted(options(max).after_connect(move |_, _| {
            count.fetch_add(1, SeqCst);
            let may_end = Arc::clone(&may_end);
            Box::pin(async move {
                may_end.acquire().await.map_err(|_closed| Error::WorkerCrashed)?.forget();
                Ok(())
            })
        }));
        (connects, time, pool)
    }

    pub(crate) fn count(&self) -> u32 {
        self.count.load(SeqCst)
    }

    pub(crate) fn end_one(&self) {
        self.may_end.add_permits(1);
    }
}

/// Lets other tasks run until `is_so`.
pub(crate) async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        yield_now().await;
    }
}

/// Polls `future` once.
pub(crate) fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}
