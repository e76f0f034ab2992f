//! A server that dies or stands still, under a pool that is in full use.

use std::error::Error as StdError;
use std::time::Duration;

use seawall_pool_managers::{ManagerError, PostgresConnection};
use seawall_test_servers::Postgres;

use super::manager;
use crate::support::{
    Op, assert_deadlines_hold, assert_whole, eventually, killed_and_restarted, pool, standing_still,
};

const SELECT: Op<PostgresConnection> = |connection| {
    Box::pin(async {
        let answer = connection.query_one("SELECT 1", &[]).await;
        // What a dead connection makes of a query depends on how far it had got.
        answer.map(drop).map_err(|error| match error.as_db_error() {
            Some(error) => error.code().code().to_owned(),
            None => "lost".to_owned(),
        })
    })
};

fn reason(error: &(dyn StdError + 'static)) -> Option<String> {
    error.downcast_ref::<ManagerError>().map(|error| format!("{:?}", error.kind()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_and_restarted_under_64_tasks_it_is_whole_again_and_every_failure_has_its_reason() {
    let mut server = Postgres::start();
    let manager = manager(&server);
    let reasons =
        ["failed: \"lost\"", "refused: Ended", "refused: NotReady", "refused: Unreachable"];
    let steps = [Postgres::kill, Postgres::restart];
    killed_and_restarted(&mut server, steps, manager, SELECT, reason, &reasons).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn standing_still_under_64_tasks_it_keeps_none_of_them_for_longer_than_its_deadline() {
    let server = Postgres::start();
    let steps = [Postgres::stop_signal, Postgres::resume];
    standing_still(&server, steps, manager(&server), SELECT, reason).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_it_stands_still_checkouts_end_by_their_deadline_and_say_at_what() {
    let server = Postgres::start();
    let pool = pool(manager(&server), 4);
    let idle = [pool.checkout().await.expect("it"), pool.checkout().await.expect("it")];
    drop(idle);
    server.stop_signal();
    assert_deadlines_hold(&pool, reason, "checking took too long").await;
    server.resume();
    assert_whole(&pool).await;

    let count = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'";
    let lent = pool.checkout().await.expect("it");
    let backends = async || lent.query_one(count, &[]).await.expect("it").get::<_, i64>(0);
    eventually("the connections that were cut are closed", async || backends().await == 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_longer_than_a_check_may_take_costs_few_of_those_that_are_idle() {
    let server = Postgres::start();
    let pool = pool(manager(&server), 20);
    assert_whole(&pool).await;
    pool.reconfigure(&pool.options().with_check_timeout(Duration::from_secs(1))).expect("it can");
    server.stop_signal();
    let lending = pool.clone();
    let checkout = tokio::spawn(async move { lending.checkout().await.map(|_| ()) });
    eventually("a check was cut", async || pool.status().failed_checks > 0).await;
    server.resume();
    checkout.await.expect("no panic").expect("the server is back");
    assert_whole(&pool).await;
    let status = pool.status();
    assert!(status.closed.total() <= 2, "{status:?}");
}
