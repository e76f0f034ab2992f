//! A request whose future was dropped is ended on the server, and never left to the next borrower.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use futures_util::SinkExt;
use seawall_core::pool::Manage;
use seawall_pool_managers::{Postgres as Manager, PostgresConnection, PostgresReset};
use seawall_test_servers::Postgres;
use tokio_postgres::types::ToSql;

use super::{manager, watch};
use crate::support::eventually;

const NONE: [&(dyn ToSql + Sync); 0] = [];

/// Polls `request` until the server executes it, and drops it.
async fn cut<F: Future>(server: &Postgres, request: F) {
    let watch = watch(server).await;
    let runs = eventually("it runs", async || watch.active().await == 1);
    tokio::select! {
        _ = request => panic!("it ends"),
        () = runs => {}
    }
}

async fn assert_clean(manager: &Manager, connection: &mut PostgresConnection) {
    assert!(!manager.is_broken(connection));
    manager.reset(connection).await.expect("it can be reset");
    let state =
        "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'";
    let row = connection.query_one(state, &[]).await.expect("it answers");
    assert_eq!(row.get::<_, i64>(0), 0);
}

#[tokio::test]
async fn a_query_that_was_dropped_is_cancelled_before_the_connection_is_lent_again() {
    let server = Postgres::start();
    for reset in [PostgresReset::Keep, PostgresReset::Rollback, PostgresReset::Everything] {
        let manager = manager(&server).with_reset(reset);
        let mut connection = manager.create().await.expect("it connects");
        cut(&server, connection.query("SELECT pg_sleep(60)", &[])).await;
        assert_clean(&manager, &mut connection).await;
        cut(&server, connection.batch_execute("BEGIN; SELECT pg_sleep(60)")).await;
        manager.reset(&mut connection).await.expect("it can be reset");
        assert_eq!(watch(&server).await.active().await, 0);
    }
}

#[tokio::test]
async fn a_query_that_was_not_sent_yet_is_not_overlooked() {
    let server = Postgres::start();
    let manager = manager(&server).with_reset(PostgresReset::Rollback);
    let mut connection = manager.create().await.expect("it connects");
    {
        let mut query = pin!(connection.batch_execute("SELECT pg_sleep(60)"));
        // The task that drives the connection has no turn before the query is dropped.
        assert!(poll_once(query.as_mut()).await.is_none());
    }
    assert_clean(&manager, &mut connection).await;
    assert_eq!(watch(&server).await.active().await, 0);
}

/// Polls `future` once, and lets no other task run.
async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Option<F::Output> {
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

#[tokio::test]
async fn streams_that_were_dropped_are_ended() {
    let server = Postgres::start();
    let manager = manager(&server);
    let mut connection = manager.create().await.expect("it connects");
    let slow = "SELECT repeat('x', 10000), pg_sleep(60 * n) FROM generate_series(0, 1) n";
    let rows = connection.query_raw(slow, NONE).await.expect("it begins");
    assert_eq!(watch(&server).await.active().await, 1);
    drop(rows);
    assert_clean(&manager, &mut connection).await;
    assert_eq!(watch(&server).await.active().await, 0);

    let copy = format!("COPY ({slow}) TO STDOUT");
    drop(connection.copy_out(&copy).await.expect("it begins"));
    assert_clean(&manager, &mut connection).await;
    assert_eq!(watch(&server).await.active().await, 0);
}

#[tokio::test]
async fn a_copy_in_that_was_dropped_or_finished_leaves_the_connection_in_step() {
    let server = Postgres::start();
    let manager = manager(&server);
    let mut connection = manager.create().await.expect("it connects");
    connection.batch_execute("CREATE TABLE numbers (n int)").await.expect("it may");
    for is_finished in [true, false, true] {
        let copy = "COPY numbers FROM STDIN";
        let sink = connection.copy_in::<_, &'static [u8]>(copy).await.expect("it begins");
        let mut sink = pin!(sink);
        sink.send(b"1\n").await.expect("it goes on");
        if is_finished {
            assert_eq!(sink.finish().await.expect("it ends"), 1);
        }
    }
    manager.reset(&mut connection).await.expect("it can be reset");
    let row = connection.query_one("SELECT count(*) FROM numbers", &[]).await.expect("it answers");
    assert_eq!(row.get::<_, i64>(0), 2);
}

#[tokio::test]
async fn nothing_is_cancelled_after_uses_that_end_by_themselves() {
    let server = Postgres::start();
    let manager = manager(&server).with_reset(PostgresReset::Rollback);
    let mut connection = manager.create().await.expect("it connects");
    for _ in 0..20 {
        // The driver sends a message after each, without a wait: to close a statement, to roll back.
        connection.query("SELECT 1", &[]).await.expect("it answers");
        let transaction = connection.transaction().await.expect("it begins");
        transaction.query("SELECT 1", &[]).await.expect("it answers");
        drop(transaction);
        manager.reset(&mut connection).await.expect("it can be reset");
        connection.prepare("SELECT 2").await.map(drop).expect("it can");
        manager.reset(&mut connection).await.expect("it can be reset");
    }
    assert_eq!(server.complaints(), [] as [&str; 0]);
}
