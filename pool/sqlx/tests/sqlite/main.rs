//! Existing pools of sqlx, over SQLite in memory.

mod laws;
mod support;

use seawall_core::RefusalKind;
use seawall_core::pool::PoolState;
use seawall_pool_sqlx::Pool;
use sqlx::{Connection, Error, Sqlite, SqliteConnection};

use self::support::{SECOND, pool};

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
async fn other_users_of_a_closed_pool_are_refused_too() {
    let pool = pool(2);
    assert!(pool.drain(SECOND).await.is_complete());
    let refused = pool.lend().checkout().await.expect_err("it is closed");
    assert_eq!(refused.kind(), RefusalKind::ShuttingDown);
    assert!(pool.library().pool().is_closed());
}

#[tokio::test]
async fn a_pool_that_its_owner_closes_refuses_waiters_at_once() {
    let pool = pool(1);
    let lent = pool.checkout().await.expect("it connects");
    let other = pool.clone();
    let waiting = tokio::spawn(async move { other.checkout().await.map(drop) });
    support::until(|| pool.status().waiting == 1).await;
    drop(pool.library().pool().close());
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(waiting.is_finished(), "it was woken");
    let refused = waiting.await.expect("no panic").expect_err("it is closed");
    assert_eq!(refused.kind(), RefusalKind::ShuttingDown);
    drop(lent);
}

#[tokio::test]
async fn a_size_that_cannot_be_set_is_refused() {
    let pool = pool(4);
    let size = |size| std::num::NonZeroU32::new(size).expect("not zero");
    pool.resize(size(10)).expect_err("sqlx cannot resize");
    pool.resize(size(4)).expect("it has that size");
}

#[test]
fn a_thread_outside_of_the_runtime_borrows_too() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime");
    let entered = runtime.enter();
    let pool = pool(1);
    drop(entered);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = std::thread::spawn(move || runtime.block_on(stopped));
    for _ in 0..2 {
        drop(pool.lend().checkout_blocking().expect("it connects, or it comes back"));
    }
    assert_eq!(pool.status().size, 1);
    drop(stop);
    running.join().expect("no panic").expect_err("it is not sent");
}
