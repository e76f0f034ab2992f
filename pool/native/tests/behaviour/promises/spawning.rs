//! A transaction can be handed to another thread, with whatever its operation holds.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use seawall_core::{BoxFuture, Component, Driver, Error};
use seawall_testkit::Scripted;
use tokio::task::coop::{consume_budget, has_budget_remaining};

use crate::Pool;
use crate::promises::support::{Conn, Db, DbError, poll, rig};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn with_a_closure_that_borrows_from_the_task() {
    let rig = rig(1);
    let (pool, greeting, mut asked) = (rig.pool.clone(), String::from("connection"), 0);
    let task = tokio::spawn(async move {
        let work = async |conn: &mut Conn| {
            asked += 1;
            let id = conn.query(2).await?;
            Ok::<_, DbError>(format!("{greeting} {id}"))
        };
        let said = pool.with(work, SECOND).await;
        (said, asked)
    });
    let (said, asked) = task.await.expect("no panic");
    assert_eq!((said.expect("free").as_str(), asked), ("connection 1", 1));
    rig.assert_whole();
}

#[tokio::test]
async fn with_a_closure_that_owns_what_it_needs() {
    let rig = rig(1);
    let (pool, greeting) = (rig.pool.clone(), String::from("connection"));
    let work = async move |conn: &mut Conn| {
        let id = conn.query(2).await?;
        Ok::<_, DbError>(format!("{greeting} {id}"))
    };
    let task = tokio::spawn(async move { pool.lend().deadline(SECOND).with(work).await });
    assert_eq!(task.await.expect("no panic").expect("free"), "connection 1");
    rig.assert_whole();
}

#[tokio::test]
async fn with_an_operation_that_is_not_known_where_it_is_spawned() {
    /// `AsyncFnOnce` cannot say of its future that it is `Send`; a boxed one is.
    async fn spawn<T: Send + 'static>(
        pool: Pool<Db>,
        op: impl for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, DbError>> + Send + 'static,
    ) -> Result<T, Error<DbError>> {
        let work = async move |conn: &mut Conn| op(conn).await;
        let task = tokio::spawn(async move { pool.with(work, SECOND).await });
        task.await.expect("no panic")
    }

    let rig = rig(1);
    let id = spawn(rig.pool.clone(), |conn| Box::pin(conn.query(2))).await;
    assert_eq!(id.expect("free"), 1);
    rig.assert_whole();
}

#[tokio::test]
async fn behind_a_breaker() {
    let rig = rig(1);
    let (pool, id) = (rig.pool.clone(), 40);
    let task = tokio::spawn(async move {
        let (driver, breaker) = (Driver::new(), Scripted::new(Component::CircuitBreaker, "db"));
        let work = async |conn: &mut Conn| Ok::<_, DbError>(conn.query(2).await? + id);
        driver.protect(&breaker).run_nested(|| pool.with(work, SECOND)).await
    });
    assert_eq!(task.await.expect("no panic").expect("free"), 41);
    rig.assert_whole();
}

/// Tokio puts a task off that has run for long, at whatever of Tokio's it waits for next, though it
/// would not have to wait.
#[tokio::test]
async fn in_a_task_that_has_had_its_turn() {
    let rig = rig(1);
    rig.warm_up(1);
    let lent = poll_fn(|cx| {
        while has_budget_remaining() {
            let _ = pin!(consume_budget()).poll(cx);
        }
        Poll::Ready(poll(&mut Box::pin(rig.pool.checkout())).is_ready())
    });
    assert!(lent.await, "there is an idle one");
}
