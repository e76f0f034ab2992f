//! A server that dies or stands still, under a pool that is in full use.

use std::error::Error as StdError;

use redis::Value;
use seawall_pool_managers::{RedisConnection, RedisError};
use seawall_test_servers::Redis;

use super::{ask, manager};
use crate::behaviour::support::{
    DEADLINE, MS, Op, Storm, Tally, assert_deadlines_hold, assert_whole, eventually, pool,
};

const INCR: Op<RedisConnection> = |connection| {
    Box::pin(async {
        let answer = ask::<Value>(connection, "INCR counter").await;
        answer.map(drop).map_err(|error| match error.code() {
            Some(code) => code.to_owned(),
            None => "lost".to_owned(),
        })
    })
};

fn reason(error: &(dyn StdError + 'static)) -> Option<String> {
    error.downcast_ref::<RedisError>().map(|error| format!("{:?}", error.kind()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_and_restarted_under_64_tasks_it_is_whole_again_and_every_failure_has_its_reason() {
    let mut server = Redis::start();
    let pool = pool(manager(&server), 8);
    let storm = Storm::on(&pool, DEADLINE, INCR, reason);
    storm.until(500, |tally| tally.succeeded).await;
    storm.until_inside(8).await;
    server.kill();
    storm.until(64, |tally| tally.failed_by("refused: Unreachable")).await;
    server.restart();
    assert_eq!(storm.take_most_inside(), 8, "all of the places were used, and not one more");
    storm.until(500, |tally| tally.succeeded).await;
    storm.until_inside(8).await;
    let tally = storm.end().await;

    assert_eq!(tally.most_inside, 8, "nor is one lost or won after that");
    let known = ["failed: \"lost\"", "refused: Ended", "refused: Unreachable"];
    let unknown = tally.failed.keys().find(|reason| !known.contains(&reason.as_str()));
    assert_eq!(unknown, None, "no failure is called a timeout: {tally:?}");
    let refused = tally.failed() - tally.failed_by("failed: \"lost\"");
    assert_eq!(pool.status().failed_connects, refused, "each refused connect is counted once");
    assert_whole(&pool).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn standing_still_under_64_tasks_it_keeps_none_of_them_for_longer_than_its_deadline() {
    let server = Redis::start();
    let pool = pool(manager(&server), 8);
    let deadline = 500 * MS;
    let storm = Storm::on(&pool, deadline, INCR, reason);
    storm.until(500, |tally| tally.succeeded).await;
    server.stop_signal();
    storm.until(64, Tally::failed).await;
    server.resume();
    storm.until(500, |tally| tally.succeeded).await;
    let tally = storm.end().await;

    assert!(tally.slowest >= deadline, "who was cut had his time: {tally:?}");
    assert_whole(&pool).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_it_stands_still_checkouts_end_by_their_deadline_and_say_at_what() {
    let server = Redis::start();
    let pool = pool(manager(&server), 4);
    let idle = [pool.checkout().await.expect("it"), pool.checkout().await.expect("it")];
    drop(idle);
    server.stop_signal();
    assert_deadlines_hold(&pool, reason, "resetting took too long").await;
    server.resume();
    assert_whole(&pool).await;

    let mut lent = pool.checkout().await.expect("it");
    let mut clients = async || {
        let list: String = ask(&mut lent, "CLIENT LIST").await.expect("a list");
        list.lines().count()
    };
    eventually("the connections that were cut are closed", async || clients().await == 4).await;
}
