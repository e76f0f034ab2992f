//! Servers that are set up in a wrong way, and users who may not do what scripts do.

mod common;

use common::{errors, granted, key};
use seawall_store::{Store, StoreErrorKind as Kind};
use seawall_store_redis::RedisStore;
use seawall_test_servers::Redis;

const RULE: [&str; 8] =
    ["~seawall:1:*", "-@all", "+evalsha", "+eval", "+time", "+info", "+get", "+set"];

/// Starts a server with the user `seawall`, who may do what the rules say.
fn server(rules: &[&str]) -> Redis {
    let user = ["--user", "seawall", "on", ">open+sesame", "resetkeys", "resetchannels"];
    Redis::options().with_arguments(user.iter().chain(rules).copied()).start()
}

fn store(server: &Redis) -> RedisStore {
    let url = server.url().replace("redis://", "redis://seawall:open%2Bsesame@");
    RedisStore::connect(&url).expect("a URL")
}

#[tokio::test]
async fn the_smallest_rule_is_enough() {
    let server = server(&RULE);
    let store = store(&server);
    granted(&store, 1).await.expect("it serves");
    store.contact().await.expect("it can serve");
    assert_eq!(server.command(&["ACL", "LOG"]), "", "nothing was denied");
}

#[tokio::test]
async fn each_part_of_the_smallest_rule_is_needed_and_named() {
    let readme = include_str!("../README.md");
    assert!(readme.contains(&RULE.join(" ")), "the README has the rule");
    for left_out in RULE.iter().filter(|part| **part != "-@all") {
        let rules: Vec<_> = RULE.iter().filter(|part| *part != left_out).copied().collect();
        let server = server(&rules);
        // Only its hash is tried first, so the server has to know the script.
        let store = store(&server);
        let contact = store.contact().await;
        let error = match (*left_out, contact) {
            ("+evalsha", Ok(_)) => granted(&store, 1).await.map(drop),
            (_, contact) => contact.map(drop),
        };
        let error = error.expect_err(left_out);
        println!("{error}");
        assert_eq!(error.kind(), Kind::Denied, "{error}");
        let text = error.to_string();
        let name = left_out.trim_start_matches(['+', '~']);
        assert!(text.contains(&format!("`{name}`")), "{left_out}: {text}");
        assert!(text.contains(&RULE.join(" ")), "{text}");
        assert!(!format!("{error:?}").contains("sesame"), "{error:?}");
        let error = granted(&store, 1).await.expect_err(left_out);
        assert_eq!(error.kind(), Kind::Denied, "{error}");
    }
}

#[tokio::test]
async fn a_policy_that_evicts_is_a_warning() {
    let memory = ["--maxmemory", "100mb", "--maxmemory-policy", "volatile-ttl"];
    let server = Redis::options().with_arguments(memory).start();
    let contact = RedisStore::connect(&server.url()).expect("a URL").contact().await;
    let warnings = contact.expect("it can serve").warnings;
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].0.contains("`maxmemory-policy` is `volatile-ttl`"), "{}", warnings[0]);
}

#[tokio::test]
async fn servers_that_accept_no_writes_are_explained() {
    for (arguments, kind, words) in [
        (&["--maxmemory", "1"][..], Kind::Unsuitable, "`maxmemory`"),
        (&["--min-replicas-to-write", "1"], Kind::Unavailable, "replicas"),
        (&["--cluster-enabled", "yes"], Kind::Unavailable, "slot"),
    ] {
        let server = Redis::options().with_arguments(arguments.iter().copied()).start();
        let store = RedisStore::connect(&server.url()).expect("a URL");
        for error in errors(&store).await {
            println!("{error}");
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}

#[tokio::test]
async fn what_another_program_wrote_under_a_key_is_an_error_or_replaced() {
    let server = Redis::start();
    let store = RedisStore::connect(&server.url()).expect("a URL");
    let key = key("tokens");
    server.command(&["LPUSH", key.as_str(), "x"]);
    let error = granted(&store, 1).await.expect_err("it is a list");
    assert_eq!(error.kind(), Kind::Garbled);
    assert!(error.to_string().contains("a value of another type"), "{error}");
    server.command(&["DEL", key.as_str()]);
    for text in ["", "hello", "8 bytes.", &"long".repeat(1000)] {
        server.command(&["SET", key.as_str(), text]);
        assert_eq!(granted(&store, 1).await.expect("it is replaced"), 0, "{text:?}");
        granted(&store, 1).await.expect("it is a state now");
        assert_ne!(server.command(&["PTTL", key.as_str()]), "-1", "it is forgotten some time");
    }
}

#[tokio::test]
async fn what_is_no_redis_is_explained() {
    let server = seawall_test_servers::Postgres::start();
    let store = RedisStore::connect(&format!("redis://127.0.0.1:{}", server.port()));
    let store = store.expect("a URL");
    let error = store.contact().await.expect_err("it is PostgreSQL");
    assert_eq!(error.kind(), Kind::Unavailable, "{error}");
}

#[test]
fn wrong_urls_are_explained_without_their_passwords() {
    for (url, words) in [
        ("http://redis:6379", "not a URL of Redis"),
        ("redis.internal:6379", "not a URL of Redis"),
        ("redis://ann:se/same@redis.internal", "`%2F`"),
        ("redis://ann:se@same@redis.internal", "`%40`"),
        ("redis://ann:sesame@redis.internal/x", "Invalid database number"),
        ("rediss://ann:sesame@redis.internal", "tls"),
    ] {
        if url.starts_with("rediss") && cfg!(feature = "tls") {
            continue;
        }
        let error = RedisStore::connect(url).expect_err(url);
        println!("{error}");
        assert_eq!(error.kind(), Kind::Unsuitable);
        assert!(error.to_string().contains(words), "{error}");
        assert!(!format!("{error:?}").contains("same@"), "{error:?}");
    }
}
