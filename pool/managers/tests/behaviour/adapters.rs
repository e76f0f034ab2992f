//! Managers of other pools, as they are: what they are asked and when, what becomes of their errors and
//! panics; and a real one of each family, against a real server.

mod bb8;
mod deadpool;
mod r2d2;
mod script;

use std::error::Error as StdError;

use seawall_core::RefusalKind;
use seawall_core::pool::Manage;
use seawall_pool_managers::ManagerError;
use tokio_postgres::error::SqlState;

use self::script::{Does, Script, Trouble};
use crate::Pool;
use crate::support::{LONG, MS, assert_whole, eventually, unavailable};

/// Uses `pool` so many times, one after the other.
async fn using<M: Manage>(pool: &Pool<M>, times: u32) {
    for _ in 0..times {
        pool.with(async |_| Ok::<_, Trouble>(()), LONG).await.expect("it is lent");
    }
}

/// Is `error` the trouble with `what`, word for word?
#[track_caller]
fn assert_trouble(error: &ManagerError, what: &str) {
    assert_eq!(error.driver::<Trouble>(), Some(&Trouble(what.to_owned())), "{error:?}");
    let source = error.source().and_then(|source| source.downcast_ref::<Trouble>());
    assert_eq!(source, error.driver::<Trouble>(), "who looks for it finds it");
}

/// Whatever the manager's `create` and `check` do, who asked hears of it and the pool stays whole.
async fn assert_survives<M>(
    pool: Pool<M>,
    script: &Script,
    create: &'static str,
    check: &'static str,
) where
    M: Manage<Error = ManagerError>,
{
    script.next(create, Does::Fail);
    let refusal = unavailable(&pool).await;
    let source = refusal.source().and_then(|source| source.downcast_ref()).expect("the adapter's");
    assert_trouble(source, create);

    script.next(create, Does::Panic);
    let mut panic = None;
    eventually("it panics", async || {
        let panics = pool.clone();
        let task = tokio::spawn(async move { panics.checkout().await.map(|_| ()) });
        // Until the pool connects again, it refuses.
        panic = task.await.err();
        panic.is_some()
    })
    .await;
    let panic = panic.expect("it panicked").into_panic();
    assert_eq!(panic.downcast_ref(), Some(&format!("{create} panics")));
    assert_eq!(pool.status().failed_connects, 2);

    pool.reconfigure(&pool.options().with_connect_timeout(200 * MS)).expect("good options");
    script.next(create, Does::Hang);
    let hung = pool.lend().deadline(50 * MS).checkout().await.expect_err("it hangs");
    assert_eq!(hung.kind(), RefusalKind::ResourceUnavailable);
    script.go_on();
    drop(tokio::spawn(pool.maintain()));
    eventually("it connects again", async || pool.checkout().await.is_ok()).await;
    assert_whole(&pool).await;

    script.next(check, Does::Fail);
    using(&pool, 1).await;
    assert_trouble(&pool.last_check_error().expect("a check failed"), check);
    assert_eq!(pool.status().closed.failed_check, 1);
    assert_whole(&pool).await;

    script.next(check, Does::Panic);
    let panics = pool.clone();
    let panicked = tokio::spawn(async move { panics.checkout().await.map(|_| ()) }).await;
    panicked.expect_err("it panics");
    assert_eq!(pool.status().closed.cut_check, 1);
    assert_whole(&pool).await;
}

/// The code that PostgreSQL gave with the error behind a refusal.
fn code(refusal: &seawall_core::Refusal) -> Option<SqlState> {
    let chain = std::iter::successors(refusal.source(), |&error| error.source());
    let mut found = chain.filter_map(|error| error.downcast_ref::<tokio_postgres::Error>());
    found.next()?.code().cloned()
}
