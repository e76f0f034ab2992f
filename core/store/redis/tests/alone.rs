//! A single server: what it answers, and how the store comes back after it was away.

mod common;

use std::time::Duration;

use common::{errors, first_granted, granted, until_granted};
use seawall_store::{Store, StoreErrorKind as Kind};
use seawall_store_redis::{RedisOptions, RedisStore};
use seawall_test_servers::Redis;

fn store(server: &Redis) -> RedisStore {
    RedisStore::connect(&server.url()).expect("a URL")
}

#[tokio::test]
async fn a_server_that_has_just_begun_grants_nothing_at_first() {
    let server = Redis::start();
    let store = store(&server);
    assert_eq!(granted(&store, 4).await.expect("it serves"), 0);
    assert_eq!(until_granted(&store, 1).await, 1);
    let contact = store.contact().await.expect("it can serve");
    assert!(contact.server.starts_with("Redis 7"), "{contact:?}");
    assert_eq!(contact.warnings, []);
}

#[tokio::test]
async fn a_flush_of_scripts_is_not_noticed() {
    let server = Redis::start();
    let store = store(&server);
    granted(&store, 1).await.expect("it serves");
    server.command(&["SCRIPT", "FLUSH"]);
    granted(&store, 1).await.expect("it serves");
}

#[tokio::test]
async fn the_connection_is_made_anew_after_a_restart() {
    let mut server = Redis::start();
    let store = store(&server);
    until_granted(&store, 1).await;
    server.kill();
    let error = granted(&store, 1).await.expect_err("no server listens");
    assert_eq!(error.kind(), Kind::Unavailable, "{error}");
    server.restart();
    assert_eq!(first_granted(&store).await, 0, "what is out is not known");
    assert_eq!(until_granted(&store, 1).await, 1);
}

#[tokio::test]
async fn a_stopped_server_times_out_and_serves_when_it_goes_on() {
    let server = Redis::start();
    let options = RedisOptions::new(&server.url()).expect("a URL");
    let store = RedisStore::with_options(options.with_timeout(Duration::from_millis(100)));
    until_granted(&store, 1).await;
    server.stop_signal();
    let error = granted(&store, 1).await.expect_err("it cannot answer");
    assert_eq!(error.kind(), Kind::TimedOut, "{error}");
    server.resume();
    assert_eq!(until_granted(&store, 1).await, 1);
}

#[tokio::test]
async fn wrong_set_ups_are_explained() {
    let server = Redis::options().with_password().start();
    let url = server.url();
    for (url, kind, words) in [
        (server.url_with_password("wrong"), Kind::Denied, "refuses the login"),
        (url.replace(":opensesame@", ""), Kind::Denied, "refuses the login"),
        (url.replace(":opensesame", "ann:opensesame"), Kind::Denied, "refuses the login"),
        (format!("{url}/99"), Kind::Unsuitable, "no database of this number"),
        (url.replace("127.0.0.1", "nowhere.invalid"), Kind::Unavailable, "cannot be reached"),
    ] {
        let store = RedisStore::connect(&url).expect("a URL");
        for error in errors(&store).await {
            println!("{error}");
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.to_string().contains(words), "{error}");
            assert!(!format!("{error:?} {store:?}").contains("sesame"), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_user_without_a_password_is_not_the_user_default() {
    let server = Redis::start();
    server.command(&["ACL", "SETUSER", "ann", "on", ">sesame", "~*", "+@all"]);
    server.command(&["ACL", "SETUSER", "bob", "on", "nopass", "~*", "+@all"]);
    let url = |user| server.url().replace("//", &format!("//{user}@"));
    let ann = RedisStore::connect(&url("ann")).expect("a URL");
    for error in errors(&ann).await {
        assert_eq!(error.kind(), Kind::Denied, "{error}");
        assert!(
            error.to_string().contains("check that there are a user and a password"),
            "{error}"
        );
    }
    let bob = RedisStore::connect(&url("bob")).expect("a URL");
    until_granted(&bob, 1).await;
    assert!(server.command(&["CLIENT", "LIST"]).contains("user=bob"));
}

#[tokio::test]
async fn a_key_takes_as_little_memory_as_the_readme_says() {
    let server = Redis::start();
    let store = store(&server);
    until_granted(&store, 1).await;
    let usage = server.command(&["MEMORY", "USAGE", common::key("tokens").as_str()]);
    println!("{usage} bytes");
    // The README says 168 of Redis 7.0; other versions may differ a little.
    assert!(usage.parse::<u32>().expect("a number") <= 200, "{usage} bytes");
}

#[tokio::test]
async fn a_restart_with_a_file_keeps_states_and_begins_a_new_epoch() {
    let mut server = Redis::options().with_file().start();
    let store = store(&server);
    until_granted(&store, 1).await;
    let [_, before, _] = common::moment(&store).await;
    server.restart();
    assert_eq!(server.command(&["EXISTS", common::key("tokens").as_str()]), "1");
    assert_eq!(first_granted(&store).await, 0, "what is out is not known");
    let [_, after, _] = common::moment(&store).await;
    assert_ne!(after, before);
}
