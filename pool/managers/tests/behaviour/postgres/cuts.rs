//! A use that is cut is cancelled on the server before its place is free.

use seawall_pool_managers::PostgresConnection;
use seawall_test_servers::Postgres;

use super::{manager, watch};
use crate::support::{LONG, MS, eventually, pool};

/// The number of statements that the server has cancelled.
fn cancelled(server: &Postgres) -> usize {
    let said = "canceling statement due to user request";
    server.complaints().iter().filter(|line| line.contains(said)).count()
}

#[tokio::test]
async fn twenty_cut_uses_never_run_on_more_than_one_backend_too_many() {
    let server = Postgres::start();
    let pool = pool(manager(&server), 2);
    let watch = watch(&server).await;
    let (mut most, mut cut) = (0, 0);
    while cut < 20 {
        let sleep = async |connection: &mut PostgresConnection| {
            connection.batch_execute("SELECT pg_sleep(8)").await
        };
        let error = pool.with(sleep, 100 * MS).await.expect_err("it is cut");
        // On a busy machine, connecting or cancelling may take as long.
        cut += usize::from(error.is_timed_out());
        most = most.max(watch.active().await);
    }
    assert!(most <= 3, "{most} active backends");
    eventually("all have ended", async || watch.active().await == 0).await;
    // A use may be cut before its query is sent.
    eventually("they were cancelled", async || cancelled(&server) >= 15).await;
}

#[tokio::test]
async fn an_update_that_was_reported_as_timed_out_is_not_committed() {
    let server = Postgres::start();
    let pool = pool(manager(&server), 1);
    let watch = watch(&server).await;
    watch
        .run("CREATE TABLE orders (id int, paid bool); INSERT INTO orders VALUES (1, false)")
        .await;
    let update = async |connection: &mut PostgresConnection| {
        let update = "UPDATE orders SET paid = pg_sleep(1) IS NOT NULL";
        connection.batch_execute(update).await
    };
    let error = pool.with(update, 200 * MS).await.expect_err("it is cut");
    assert!(error.is_timed_out(), "{error:?}");
    eventually("it has ended", async || watch.active().await == 0).await;
    assert_eq!(watch.number("SELECT count(*) FROM orders WHERE paid").await, 0);
    eventually("it was cancelled", async || cancelled(&server) == 1).await;
    pool.with(async |c: &mut PostgresConnection| c.batch_execute("SELECT 1").await, LONG)
        .await
        .expect("the place is free");
}
