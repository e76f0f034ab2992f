//! What a borrower leaves behind is wiped away before the next one.

use redis::Value;
use seawall_core::pool::Manage;
use seawall_pool_managers::{ManagerErrorKind, Redis as Manager, RedisConnection, RedisReset};
use seawall_test_servers::Redis;

use super::{ask, manager};
use crate::Pool;
use crate::support::{LONG, pool};

/// One borrower does `what`.
async fn leave(pool: &Pool<Manager>, what: &[&str]) {
    let leave = async |connection: &mut RedisConnection| {
        for words in what {
            ask::<Value>(connection, words).await?;
        }
        Ok::<_, redis::RedisError>(())
    };
    pool.with(leave, LONG).await.expect("it is allowed");
}

/// What the server knows of the next one's connection.
async fn info(pool: &Pool<Manager>) -> Vec<String> {
    let look = async |connection: &mut RedisConnection| ask(connection, "CLIENT INFO").await;
    let info: String = pool.with(look, LONG).await.expect("an answer");
    info.split_whitespace().map(str::to_owned).collect()
}

#[tokio::test]
async fn everything_goes_but_the_login_and_the_connection() {
    let server = Redis::options().with_password().start();
    let mut boss = manager(&server).create().await.expect("it connects");
    let user = "ACL SETUSER app on >hunter2 ~* &* +@all";
    ask::<Value>(&mut boss, user).await.expect("it is allowed");
    let as_app = server.url().replace("redis://:opensesame", "redis://app:hunter2");
    for (url, user, db, protocol) in [
        (server.url(), "default", 0, 2),
        (format!("{as_app}/3"), "app", 3, 2),
        (format!("{as_app}/3?protocol=resp3"), "app", 3, 3),
    ] {
        let pool = pool(Manager::from_url(&url).expect("a URL"), 1);
        let clean = [format!("user={user}"), format!("db={db}"), format!("resp={protocol}")];
        let clean: Vec<_> = clean.iter().map(String::as_str).collect();
        let clean = [&clean[..], &["name=", "sub=0", "psub=0", "multi=-1", "flags=N"]].concat();
        for left in [
            &["PING"][..],
            &["SELECT 7"],
            &["CLIENT SETNAME alice"],
            &["MULTI", "SET key value"],
            &["WATCH key"],
            &["SUBSCRIBE news"],
            &["PSUBSCRIBE n*"],
            &["HELLO 3"],
            &["HELLO 2"],
            &["AUTH default opensesame"],
        ] {
            leave(&pool, left).await;
            let info = info(&pool).await;
            let dirty: Vec<_> = clean.iter().filter(|&&is| !info.iter().any(|i| i == is)).collect();
            assert!(dirty.is_empty(), "{left:?}: {dirty:?} in {info:?}");
            assert_eq!(pool.status().created, 1, "{left:?}: {:?}", pool.last_check_error());
        }
    }
}

#[tokio::test]
async fn keys_that_were_watched_disturb_no_later_transaction() {
    let server = Redis::start();
    let pool = pool(manager(&server), 1);
    let mut other = manager(&server).create().await.expect("it connects");
    leave(&pool, &["WATCH key"]).await;
    ask::<Value>(&mut other, "SET key changed").await.expect("it is allowed");
    let transaction = async |connection: &mut RedisConnection| {
        ask::<Value>(connection, "MULTI").await?;
        ask::<Value>(connection, "SET other value").await?;
        ask::<Option<Vec<String>>>(connection, "EXEC").await
    };
    let done = pool.with(transaction, LONG).await.expect("it is allowed");
    assert_eq!(done, Some(vec!["OK".to_owned()]));
    assert_eq!(pool.status().created, 1);
}

#[tokio::test]
async fn answers_that_nobody_asked_for_reach_no_later_borrower() {
    let server = Redis::start();
    let pool = pool(manager(&server), 1);
    let mut other = manager(&server).create().await.expect("it connects");
    for round in 0..20 {
        // In the old protocol it is answered once for each, where the client awaits one answer.
        leave(&pool, &["SUBSCRIBE one two three four"]).await;
        ask::<Value>(&mut other, "PUBLISH one news").await.expect("it is allowed");
        let echo = async |connection: &mut RedisConnection| {
            ask::<String>(connection, &format!("ECHO {round}")).await
        };
        let echo = pool.with(echo, LONG).await.expect("an answer");
        assert_eq!(echo, round.to_string());
    }
}

#[tokio::test]
async fn who_is_trusted_may_leave_what_he_likes_but_no_transaction() {
    let server = Redis::start();
    let pool = pool(manager(&server).with_reset(RedisReset::Keep), 1);
    leave(&pool, &["SELECT 7", "CLIENT SETNAME alice"]).await;
    let left = info(&pool).await;
    assert!(left.contains(&"db=7".to_owned()) && left.contains(&"name=alice".to_owned()));
    assert_eq!(pool.status().created, 1);
    leave(&pool, &["MULTI"]).await;
    assert!(info(&pool).await.contains(&"db=0".to_owned()));
    assert_eq!(pool.status().created, 2);
    let error = pool.last_check_error().expect("it was noticed");
    assert_eq!(error.kind(), ManagerErrorKind::OutOfStep);
}

#[tokio::test]
async fn a_user_who_may_not_ping_is_served() {
    let server = Redis::start();
    let mut boss = manager(&server).create().await.expect("it connects");
    let user = "ACL SETUSER app on >hunter2 ~* -@all +get";
    ask::<Value>(&mut boss, user).await.expect("it is allowed");
    let url = server.url().replace("redis://", "redis://app:hunter2@");
    for reset in [RedisReset::Keep, RedisReset::Everything] {
        let pool = pool(Manager::from_url(&url).expect("a URL").with_reset(reset), 1);
        leave(&pool, &["GET key"]).await;
        leave(&pool, &["GET key"]).await;
        assert_eq!(pool.status().created, 1, "{:?}", pool.last_check_error());
    }
}
