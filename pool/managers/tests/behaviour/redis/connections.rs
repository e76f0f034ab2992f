//! A connection's task ends with it, whatever the server does; one that was cut is not lent again.

use redis::Value;
use seawall_core::pool::Manage;
use seawall_pool_managers::RedisConnection;
use seawall_test_servers::Redis;
use tokio::runtime::Handle;

use super::{ask, command, manager};
use crate::support::{LONG, MS, assert_whole, eventually, pool};

fn tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

/// How many clients the server has.
async fn clients(connection: &mut RedisConnection) -> usize {
    ask::<String>(connection, "CLIENT LIST").await.expect("a list").lines().count()
}

#[tokio::test]
async fn its_task_ends_with_it_and_the_server_hears_of_it() {
    let server = Redis::start();
    let manager = manager(&server);
    let mut watch = manager.create().await.expect("it connects");
    let before = tasks();
    let connection = manager.create().await.expect("it connects");
    assert_eq!((tasks(), clients(&mut watch).await), (before + 1, 2));
    drop(connection);
    eventually("the task has ended", async || tasks() == before).await;
    eventually("the server has heard of it", async || clients(&mut watch).await == 1).await;
}

#[tokio::test]
async fn its_task_ends_with_it_though_the_server_never_answers() {
    let server = Redis::start();
    let before = tasks();
    let mut connection = manager(&server).create().await.expect("it connects");
    server.stop_signal();
    tokio::select! {
        biased;
        answer = ask::<Value>(&mut connection, "PING") => panic!("it answers: {answer:?}"),
        () = tokio::task::yield_now() => {}
    }
    drop(connection);
    eventually("the task has ended", async || tasks() == before).await;
}

#[tokio::test]
async fn a_use_that_is_cut_costs_the_connection() {
    let server = Redis::start();
    let pool = pool(manager(&server), 1);
    for words in ["BLPOP nothing 0", "CLIENT REPLY SKIP"] {
        let wait = async |connection: &mut RedisConnection| {
            ask::<Value>(connection, words).await.map(drop)
        };
        let error = pool.lend().deadline(200 * MS).with(wait).await.expect_err("it waits");
        assert!(error.is_timed_out(), "{words}: {error:?}");
    }
    assert_eq!((pool.status().closed.abandoned, pool.status().size), (2, 0));
    assert_whole(&pool).await;
    let mut lent = pool.checkout().await.expect("it");
    eventually("they are closed", async || clients(&mut lent).await == 1).await;
}

#[tokio::test]
async fn a_connection_whose_answers_nobody_waits_for_is_not_lent_again() {
    let server = Redis::start();
    let pool = pool(manager(&server), 1);
    let cut = async |connection: &mut RedisConnection| {
        tokio::select! {
            biased;
            answer = ask::<Value>(connection, "BLPOP nothing 0") => answer.map(drop),
            () = async {} => Ok(()),
        }
    };
    pool.with(cut, LONG).await.expect("the borrower thinks nothing of it");
    assert_eq!((pool.status().closed.broken, pool.status().size), (1, 0));
    let mute = async |connection: &mut RedisConnection| {
        command("CLIENT REPLY OFF").set_no_response(true).exec_async(connection).await
    };
    pool.with(mute, LONG).await.expect("no answer is what was asked for");
    assert_eq!((pool.status().closed.broken, pool.status().size), (2, 0));
    assert_whole(&pool).await;
}

#[tokio::test]
async fn an_error_of_the_server_does_not_cost_the_connection() {
    let server = Redis::start();
    let pool = pool(manager(&server), 1);
    let fail = async |connection: &mut RedisConnection| {
        ask::<Value>(connection, "SET text abc").await?;
        ask::<Value>(connection, "INCR text").await
    };
    let error = pool.with(fail, LONG).await.expect_err("it is no number");
    assert_eq!(error.into_failed().expect("its own").code(), Some("ERR"));
    assert_whole(&pool).await;
    assert_eq!(pool.status().created, 1);
}
