//! Connections go to the primary that the sentinels name, also after a failover.

use redis::Value;
use redis::sentinel::Sentinel as Sentinels;
use seawall_core::pool::Manage;
use seawall_pool_managers::{ManagerErrorKind, Redis as Manager};
use seawall_test_servers::{Redis, Sentinel};

use super::{ask, manager};
use crate::support::{assert_whole, eventually, pool};

/// The manager of connections to the primary that `sentinel` knows by `name`. The address in the
/// configuration is nobody's.
fn of(sentinel: &Sentinel, name: &str) -> Manager {
    let sentinels = Sentinels::build(vec![sentinel.url()]).expect("a URL");
    Manager::from_url("redis://127.0.0.1:1").expect("a URL").with_sentinels(sentinels, name)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_failover_connections_go_to_the_new_primary() {
    let primary = Redis::start();
    let port = primary.port().to_string();
    let replica = Redis::options().with_arguments(["--replicaof", "127.0.0.1", &port]).start();
    let sentinel = Sentinel::of(&primary);
    let pool = pool(of(&sentinel, "shop"), 2);
    let mut lent = pool.checkout().await.expect("the sentinel knows the primary");
    ask::<Value>(&mut lent, "SET key before").await.expect("the primary accepts it");
    drop(lent);
    let mut second = manager(&replica).create().await.expect("it connects");
    let mut key = async || ask::<Option<String>>(&mut second, "GET key").await.ok().flatten();
    eventually("the replica has it", async || key().await.is_some()).await;
    let failover = async || {
        let client = redis::Client::open(sentinel.url()).expect("a URL");
        let mut boss = client.get_multiplexed_async_connection().await.expect("it connects");
        redis::cmd("SENTINEL")
            .arg("FAILOVER")
            .arg("shop")
            .query_async::<Value>(&mut boss)
            .await
            .is_ok()
    };
    eventually("the sentinel knows the replica, and puts it in place", failover).await;
    let set = async || match pool.checkout().await {
        Ok(mut lent) => ask::<Value>(&mut lent, "SET key after").await.is_ok(),
        Err(_) => false,
    };
    let is_there = async || set().await && key().await.as_deref() == Some("after");
    eventually("the new primary accepts it", is_there).await;
    assert_whole(&pool).await;
}

#[tokio::test]
async fn a_connection_to_a_former_primary_is_not_lent_again() {
    let (primary, other) = (Redis::start(), Redis::start());
    let sentinel = Sentinel::of(&primary);
    let manager = of(&sentinel, "shop");
    let mut connection = manager.create().await.expect("it connects");
    manager.check(&mut connection).await.expect("it is the primary");
    let mut boss = super::manager(&primary).create().await.expect("it connects");
    let port = other.port();
    ask::<Value>(&mut boss, &format!("REPLICAOF 127.0.0.1 {port}")).await.expect("it may");
    let error = manager.check(&mut connection).await.expect_err("a replica");
    assert_eq!(error.kind(), ManagerErrorKind::NotReady);
    let mut connection = super::manager(&other).create().await.expect("it connects");
    manager.check(&mut connection).await.expect("a primary");
}

#[tokio::test]
async fn without_a_primary_or_a_sentinel_it_says_so() {
    let primary = Redis::start();
    let sentinel = Sentinel::of(&primary);
    let error = of(&sentinel, "shed").create().await.expect_err("no such name");
    assert_eq!(error.kind(), ManagerErrorKind::NotReady, "{error:?}");
    drop(sentinel);
    let nowhere = Sentinels::build(vec!["redis://127.0.0.1:1"]).expect("a URL");
    let manager = Manager::from_url("redis://127.0.0.1:1").expect("a URL");
    let error = manager.with_sentinels(nowhere, "shop").create().await.expect_err("no sentinel");
    assert_eq!(error.kind(), ManagerErrorKind::Unreachable, "{error:?}");
}
