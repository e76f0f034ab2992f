//! Replicas, and sentinels that put one in the place of the primary.

mod common;

use common::{Born, born, errors, first_granted, granted, until_granted};
use seawall_store::{Store, StoreErrorKind as Kind};
use seawall_store_redis::{RedisOptions, RedisStore};
use seawall_test_servers::{Redis, Sentinel};

#[tokio::test]
async fn a_replica_is_refused() {
    let primary = Redis::start();
    let replica = Redis::options().replica_of(&primary).start();
    replica.wait_for_primary();
    let store = RedisStore::connect(&replica.url()).expect("a URL");
    for error in errors(&store).await {
        assert_eq!(error.kind(), Kind::Unavailable, "{error}");
        assert!(error.to_string().contains("read-only replica"), "{error}");
    }
}

#[tokio::test]
async fn the_store_follows_a_failover_and_grants_nothing_that_may_be_out() {
    let mut primary = Redis::start();
    let replica = Redis::options().replica_of(&primary).start();
    replica.wait_for_primary();
    let sentinel = Sentinel::of(&primary);
    let options = RedisOptions::sentinel("shop", [sentinel.url().as_str()]).expect("a URL");
    let store = RedisStore::with_options(options);
    store.contact().await.expect("it can serve");
    until_granted(&store, 1).await;
    primary.kill();
    let error = granted(&store, 1).await.expect_err("the primary is gone");
    assert_eq!(error.kind(), Kind::Unavailable, "{error}");
    assert_eq!(first_granted(&store).await, 0, "what is out is not known");
    assert_eq!(until_granted(&store, 1).await, 1);
    assert!(replica.command(&["INFO", "replication"]).contains("role:master"));
}

#[tokio::test]
async fn a_key_that_is_missing_on_a_promoted_server_begins_when_the_client_first_saw_it() {
    let primary = Redis::start();
    let replica = Redis::options().replica_of(&primary).start();
    replica.wait_for_primary();
    replica.command(&["REPLICAOF", "NO", "ONE"]);
    let store = RedisStore::connect(&replica.url()).expect("a URL");
    assert_eq!(born(&store).await, Born::Now);
    assert_eq!(born(&store).await, Born::Before);
    let other = RedisStore::connect(&replica.url()).expect("a URL");
    assert_eq!(born(&other).await, Born::Now);
}

#[tokio::test]
async fn sentinels_that_do_not_know_the_name_are_explained() {
    let primary = Redis::start();
    let sentinel = Sentinel::of(&primary);
    let options = RedisOptions::sentinel("stop", [sentinel.url().as_str()]).expect("a URL");
    for error in errors(&RedisStore::with_options(options)).await {
        assert!(error.to_string().contains("no primary of this name"), "{error}");
    }
}
