//! What tests of real servers share.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::time::Duration;

use seawall_core::Clock;
use seawall_store::tokens::{Lease, LeaseReply, Rate, TOKENS};
use seawall_store::{Applied, KeySecret, Script, Store, StoreError, StoreKey};
use seawall_store_redis::RedisStore;

/// Leases up to `want` tokens of a bucket of ten, into which a thousand flow in each second.
pub(crate) async fn granted(store: &RedisStore, want: u64) -> Result<u64, StoreError> {
    granted_of(store, &key("tokens"), want).await
}

/// Does the same for one key.
pub(crate) async fn granted_of(
    store: &RedisStore,
    key: &StoreKey,
    want: u64,
) -> Result<u64, StoreError> {
    let second = Duration::from_secs(1);
    let rate = Rate::new(1000, second, 10, second).expect("a rate");
    let lease = Lease { want, ..Lease::new(rate) };
    let reply = store.run(&TOKENS, key, &lease.arguments()).await?;
    let reply = LeaseReply::read(&reply, &lease).expect("a reply");
    Ok(reply.granted.map_or(0, |granted| granted.tokens))
}

pub(crate) fn key(name: &str) -> StoreKey {
    KeySecret::new("").name("tokens", name, None)
}

/// Returns how many tokens the first request is granted that is served again.
///
/// # Panics
/// If that takes too long.
pub(crate) async fn first_granted(store: &RedisStore) -> u64 {
    let clock = Clock::system();
    let end = clock.now() + Duration::from_secs(20);
    loop {
        match granted(store, 1).await {
            Ok(tokens) => return tokens,
            Err(error) => assert!(clock.now() < end, "it does not serve: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Asks until something is granted, whatever fails before.
///
/// # Panics
/// If that takes too long.
pub(crate) async fn until_granted(store: &RedisStore, want: u64) -> u64 {
    until_granted_of(store, &key("tokens"), want).await
}

/// Does the same for one key.
pub(crate) async fn until_granted_of(store: &RedisStore, key: &StoreKey, want: u64) -> u64 {
    let clock = Clock::system();
    let end = clock.now() + Duration::from_secs(20);
    loop {
        match granted_of(store, key, want).await {
            Ok(tokens) if tokens > 0 => return tokens,
            other => assert!(clock.now() < end, "nothing is granted: {other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Returns the errors of a contact and of a request.
pub(crate) async fn errors(store: &RedisStore) -> [StoreError; 2] {
    let contact = store.contact().await.expect_err("it cannot serve");
    [contact, granted(store, 1).await.expect_err("it cannot serve")]
}

/// When a store's epoch is known to have begun.
#[derive(Debug, PartialEq)]
pub(crate) enum Born {
    Now,
    Before,
}

/// Replies with what a script is given.
static MOMENT: Script = Script {
    name: "moment",
    lua: "local function apply(state, now, epoch, born, arguments) return nil, { now, epoch, born }, 0 end",
    model: |_, moment, _| Applied {
        state: None,
        reply: vec![moment.now, moment.epoch, moment.born],
        keep_ms: 0.0,
    },
};

/// Returns the store's time, its epoch, and when that had begun, for a key that is missing.
pub(crate) async fn moment(store: &RedisStore) -> [f64; 3] {
    let reply = store.run(&MOMENT, &key("missing"), &[]).await.expect("it serves");
    reply.try_into().expect("three numbers")
}

pub(crate) async fn born(store: &RedisStore) -> Born {
    let [now, _, born] = moment(store).await;
    if born < now { Born::Before } else { Born::Now }
}
