//! A server that dies or stands still, under a pool that is in full use.

use std::error::Error as StdError;

use redis::Value;
use seawall_pool_managers::{ManagerError, RedisConnection};
use seawall_test_servers::Redis;

use super::{ask, manager};
use crate::support::{
    Op, assert_deadlines_hold, assert_whole, eventually, killed_and_restarted, pool, standing_still,
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
    error.downcast_ref::<ManagerError>().map(|error| format!("{:?}", error.kind()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_and_restarted_under_64_tasks_it_is_whole_again_and_every_failure_has_its_reason() {
    let mut server = Redis::start();
    let manager = manager(&server);
    let reasons = ["failed: \"lost\"", "refused: Ended", "refused: Unreachable"];
    let steps = [Redis::kill, Redis::restart];
    killed_and_restarted(&mut server, steps, manager, INCR, reason, &reasons).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn standing_still_under_64_tasks_it_keeps_none_of_them_for_longer_than_its_deadline() {
    let server = Redis::start();
    let steps = [Redis::stop_signal, Redis::resume];
    standing_still(&server, steps, manager(&server), INCR, reason).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_it_stands_still_checkouts_end_by_their_deadline_and_say_at_what() {
    let server = Redis::start();
    let pool = pool(manager(&server), 4);
    let idle = [pool.checkout().await.expect("it"), pool.checkout().await.expect("it")];
    drop(idle);
    server.stop_signal();
    assert_deadlines_hold(&pool, reason, "checking took too long").await;
    server.resume();
    assert_whole(&pool).await;

    let mut lent = pool.checkout().await.expect("it");
    let mut clients = async || {
        let list: String = ask(&mut lent, "CLIENT LIST").await.expect("a list");
        list.lines().count()
    };
    eventually("the connections that were cut are closed", async || clients().await == 4).await;
}
