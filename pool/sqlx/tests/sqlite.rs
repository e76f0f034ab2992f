//! Existing pools of sqlx, over SQLite in memory.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use seawall_core::pool::{PoolControl, PoolState, Stage, TooSlow};
use seawall_core::{Driver, RefusalKind};
use seawall_pool_sqlx::Pool;
use seawall_testkit::ManualClock;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Connection, Error, Sqlite, SqliteConnection};
use tokio::join;
use tokio::sync::Semaphore;
use tokio::task::yield_now;

const SECOND: Duration = Duration::from_secs(1);

fn options(max: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(max)
}

/// Puts a pool with `options` under Seawall, by a clock that stands still.
fn adopted(options: SqlitePoolOptions) -> (ManualClock, Pool<Sqlite>) {
    let (time, raw) = (ManualClock::new(), options.connect_lazy("sqlite::memory:"));
    let pool = seawall_pool_sqlx::from_pool("orders", raw.expect("a URL"));
    let driver = Driver::new().with_clock(time.clock());
    (time, pool.with_driver(driver))
}

fn pool(max: u32) -> Pool<Sqlite> {
    adopted(options(max)).1
}

async fn count(connection: &mut SqliteConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT count(*) FROM orders").fetch_one(connection).await
}

async fn insert(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO orders DEFAULT VALUES").execute(connection).await.map(drop)
}

async fn with_table(pool: &Pool<Sqlite>) {
    let create = async |connection: &mut SqliteConnection| {
        let create = sqlx::query("CREATE TABLE orders (id INTEGER PRIMARY KEY)");
        create.execute(connection).await
    };
    pool.lend().with(create).await.expect("it is created");
}

#[tokio::test]
async fn an_existing_pool_lends_its_own_connections() {
    let pool = pool(2);
    with_table(&pool).await;
    let rows = pool.lend().with(async |db| count(db).await).await;
    assert_eq!(rows.expect("it is there"), 0);
    let status = pool.status();
    assert_eq!((status.state, status.max), (PoolState::Ready, 2), "{status:?}");
}

#[tokio::test]
async fn a_full_pool_refuses_as_full_or_after_the_wait() {
    let (time, pool) = adopted(options(1));
    let held = pool.lend().checkout().await.expect("it is new");
    let refused = pool.lend().without_waiting().checkout().await.expect_err("it is full");
    assert_eq!((refused.kind(), refused.limit()), (RefusalKind::PoolFull, Some(1)));
    let waits = pool.lend().deadline(SECOND).checkout();
    let (waited, ()) = join!(waits, async { time.advance(SECOND) });
    assert_eq!(waited.expect_err("it is full").kind(), RefusalKind::CheckoutTimeout);
    drop(held);
    drop(pool.lend().checkout().await.expect("it came back"));
}

#[tokio::test]
async fn a_failed_connect_is_the_source_of_the_refusal() {
    let nowhere = SqliteConnectOptions::new().filename("/nowhere/at/all.db");
    let pool = seawall_pool_sqlx::from_pool("orders", options(1).connect_lazy_with(nowhere));
    let refused = pool.lend().checkout().await.expect_err("the file is not there");
    assert_eq!(refused.kind(), RefusalKind::ResourceUnavailable);
    let source = std::error::Error::source(&refused).expect("it has one");
    assert!(matches!(source.downcast_ref(), Some(Error::Database(_))), "{source:?}");
    assert_eq!(pool.status().state, PoolState::Degraded);
}

#[tokio::test]
async fn a_connect_that_was_cut_is_ended_for_the_next_caller() {
    let (connects, may_end) = (Arc::new(AtomicU32::new(0)), Arc::new(Semaphore::new(0)));
    let (begun, end) = (Arc::clone(&connects), Arc::clone(&may_end));
    let (time, pool) = adopted(options(1).after_connect(move |_, _| {
        begun.fetch_add(1, SeqCst);
        let end = Arc::clone(&end);
        Box::pin(async move { end.acquire().await.map(drop).map_err(|_| Error::WorkerCrashed) })
    }));
    let connected = async || {
        while connects.load(SeqCst) == 0 {
            yield_now().await;
        }
        time.advance(SECOND);
    };
    let (cut, ()) = join!(pool.lend().deadline(SECOND).checkout(), connected());
    let cut = cut.expect_err("it connects");
    let source = std::error::Error::source(&cut).and_then(|source| source.downcast_ref());
    let stage = source.map(TooSlow::stage);
    assert_eq!(stage, Some(Stage::Connecting), "{cut:?}");
    may_end.add_permits(1);
    drop(pool.lend().checkout().await.expect("the connect was ended"));
    assert_eq!(connects.load(SeqCst), 1, "nothing was thrown away");
}

#[tokio::test]
async fn a_cut_use_closes_its_connection() {
    let connects = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&connects);
    let (time, pool) = adopted(options(1).after_connect(move |_, _| {
        count.fetch_add(1, SeqCst);
        Box::pin(async { Ok(()) })
    }));
    let hangs = async |_: &mut SqliteConnection| pending::<sqlx::Result<()>>().await;
    drop(pool.lend().checkout().await.expect("it is new"));
    let cut = pool.lend().deadline(SECOND).with(async |db: &mut SqliteConnection| {
        time.advance(SECOND);
        hangs(db).await
    });
    assert!(cut.await.expect_err("it hangs").is_timed_out());
    assert_eq!(connects.load(SeqCst), 1);
    drop(pool.lend().checkout().await.expect("there is a place"));
    assert_eq!(connects.load(SeqCst), 2, "the other connection was closed");
}

#[tokio::test]
async fn a_transaction_commits_on_success_and_rolls_back_otherwise() {
    let pool = pool(1);
    with_table(&pool).await;
    let rows = async || pool.lend().with(async |db| count(db).await).await.expect("counted");
    let placed = pool.lend().transaction(async |db| insert(db).await).await;
    placed.expect("it is committed");
    assert_eq!(rows().await, 1);
    let failed = pool.lend().transaction(async |db| {
        insert(db).await?;
        Err::<(), _>(Error::RowNotFound)
    });
    assert!(failed.await.is_err());
    assert_eq!(rows().await, 1, "it is rolled back");
    let nested = pool.lend().transaction(async |db: &mut SqliteConnection| {
        let mut inner = db.begin().await?;
        insert(&mut inner).await?;
        inner.rollback().await
    });
    nested.await.expect("a savepoint of sqlx works inside");
    assert_eq!(rows().await, 1);
}

#[tokio::test]
async fn a_drain_closes_the_pool_and_waits_for_its_connections() {
    let (time, pool) = adopted(options(2));
    let held = pool.lend().checkout().await.expect("it is new");
    let (drained, ()) = join!(pool.drain(SECOND), async { time.advance(SECOND) });
    assert_eq!(drained.left, 1);
    drop(held);
    while pool.status().size > 0 {
        yield_now().await;
    }
    assert!(pool.drain(SECOND).await.is_complete());
    let refused = pool.lend().checkout().await.expect_err("it is closed");
    assert_eq!(refused.kind(), RefusalKind::ShuttingDown);
    assert!(pool.library().pool().is_closed(), "its other users are refused too");
}
