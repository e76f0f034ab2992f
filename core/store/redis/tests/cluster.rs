//! A cluster of three: keys of all servers, a slot that moves, and a server that is away.

mod common;

use std::time::Duration;

use common::{granted_of, key, until_granted_of};
use seawall_store::{Store, StoreErrorKind as Kind};
use seawall_store_redis::{RedisOptions, RedisStore};
use seawall_test_servers::RedisCluster;

fn store(cluster: &RedisCluster) -> RedisStore {
    // The others are found through the first.
    let url = cluster.nodes()[0].url();
    let options = RedisOptions::cluster([url.as_str()]).expect("a URL");
    RedisStore::with_options(options.with_timeout(Duration::from_secs(1)))
}

/// Computes the slot of `key` as the specification of clusters says.
fn slot(key: &str) -> u16 {
    let step = |crc: u16| (crc << 1) ^ ((crc >> 15) * 0x1021);
    let add = |crc: u16, byte: u8| (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| step(crc));
    key.bytes().fold(0, add) % 16384
}

/// Returns a key of each node.
fn keys() -> [seawall_store::StoreKey; 3] {
    [0..5461, 5461..10923, 10923..16384].map(|slots| {
        let keys = (0..).map(|n| key(&format!("key {n}")));
        let mut own = keys.filter(|key| slots.contains(&slot(key.as_str())));
        own.next().expect("there are more keys than slots")
    })
}

#[tokio::test]
async fn keys_are_found_wherever_they_are_and_move_to() {
    let cluster = RedisCluster::start();
    let store = store(&cluster);
    let contact = store.contact().await.expect("it can serve");
    assert_eq!(contact.warnings, []);
    let keys = keys();
    for key in &keys {
        until_granted_of(&store, key, 1).await;
    }

    let moved = slot(keys[0].as_str());
    cluster.begin_move(moved, 1);
    granted_of(&store, &keys[0], 1).await.expect("it is still there");
    let mut new = (0..).map(|n| key(&format!("new {n}")));
    let new = new.find(|key| slot(key.as_str()) == moved).expect("a key");
    granted_of(&store, &new, 1).await.expect("it comes to the new server");
    cluster.end_move(moved, 1);
    for key in [&keys[0], &new] {
        until_granted_of(&store, key, 1).await;
    }

    cluster.nodes()[1].stop_signal();
    let error = granted_of(&store, &keys[1], 1).await.expect_err("its server is stopped");
    assert_eq!(error.kind(), Kind::TimedOut, "{error}");
    until_granted_of(&store, &keys[2], 1).await;
    cluster.nodes()[1].resume();
    until_granted_of(&store, &keys[1], 1).await;
}

#[tokio::test]
async fn a_node_of_a_cluster_is_not_taken_for_a_single_server() {
    let cluster = RedisCluster::start();
    let store = RedisStore::connect(&cluster.nodes()[0].url()).expect("a URL");
    let error = granted_of(&store, &keys()[1], 1).await.expect_err("another has it");
    assert_eq!(error.kind(), Kind::Unsuitable);
    assert!(error.to_string().contains("RedisOptions::cluster"), "{error}");
}
