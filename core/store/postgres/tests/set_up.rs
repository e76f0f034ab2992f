//! Servers that are set up in a wrong way, users who may not do what the store does, and servers that are away.

use std::time::Duration;

use seawall_store::tokens::{Lease, LeaseReply, Rate, TOKENS};
use seawall_store::{KeySecret, Store, StoreError, StoreErrorKind as Kind};
use seawall_store_postgres::{PostgresOptions, PostgresStore};
use seawall_test_servers::Postgres;

async fn granted(store: &PostgresStore, name: &str) -> Result<u64, StoreError> {
    let second = Duration::from_secs(1);
    // Leases last for a third of a second, so that a slow machine is not slower than that.
    let rate = Rate::new(1000, second, 1000, second).expect("a rate");
    let lease = Lease { want: 1, ..Lease::new(rate) };
    let key = KeySecret::new("").name("tokens", name, None);
    let reply = store.run(&TOKENS, &key, &lease.arguments()).await?;
    let reply = LeaseReply::read(&reply, &lease).expect("a reply");
    Ok(reply.granted.map_or(0, |granted| granted.tokens))
}

async fn until_granted(store: &PostgresStore) {
    // A deadline of its own for the test, since a server that is away fails at once.
    let granted = async {
        while !matches!(granted(store, "a").await, Ok(1)) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), granted).await.expect("it serves again");
}

async fn execute(url: &str, sql: &str) -> Option<i64> {
    let connected = tokio_postgres::connect(url, tokio_postgres::NoTls).await;
    let (client, driver) = connected.expect("a server");
    tokio::spawn(driver);
    let rows = client.simple_query(sql).await.expect("a statement");
    rows.iter().find_map(|row| match row {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    })
}

#[tokio::test]
async fn wrong_logins_are_explained_without_the_password() {
    let server = Postgres::options().with_password().start();
    let url = server.url();
    for (url, kind, words) in [
        (server.url_with_password("sesame2"), Kind::Denied, "refuses the login"),
        (url.replace(":opensesame", ""), Kind::Denied, "refuses the login"),
        (format!("{url}2"), Kind::Unsuitable, "no such database"),
        (url.replace("127.0.0.1", "nowhere.invalid"), Kind::Unavailable, "cannot be reached"),
        (format!("{url}?sslmode=require"), Kind::Unsuitable, "it offers no TLS"),
    ] {
        let store = PostgresStore::connect(&url).expect("a URL");
        for error in [
            store.contact().await.expect_err("it cannot serve"),
            granted(&store, "a").await.expect_err("it cannot serve"),
        ] {
            println!("{error}");
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.to_string().contains(words), "{error}");
            assert!(!format!("{error:?} {store:?}").contains("sesame"), "{error:?}");
        }
    }
    let error = PostgresStore::connect("http://ann:sesame@db").expect_err("another protocol");
    assert!(!format!("{error:?}").contains("sesame"), "{error:?}");
}

#[tokio::test]
async fn missing_permissions_are_explained() {
    let server = Postgres::start();
    let url = server.url();
    execute(&url, "CREATE USER ann; REVOKE CREATE ON SCHEMA public FROM PUBLIC").await;
    let ann = url.replace("postgres:opensesame@", "ann@");
    let store = PostgresStore::connect(&ann).expect("a URL");
    let error = store.contact().await.expect_err("there is no table");
    assert_eq!(error.kind(), Kind::Denied);
    assert!(error.to_string().contains("CREATE TABLE IF NOT EXISTS seawall_states"), "{error}");

    PostgresStore::connect(&url).expect("a URL").contact().await.expect("the owner may");
    let store = PostgresStore::connect(&ann).expect("a URL");
    let error = store.contact().await.expect_err("the table is another's");
    assert_eq!(error.kind(), Kind::Denied);
    assert!(error.to_string().contains("GRANT SELECT, INSERT, UPDATE, DELETE"), "{error}");
    execute(&url, "GRANT SELECT, INSERT, UPDATE, DELETE ON seawall_states TO ann").await;
    let store = PostgresStore::connect(&ann).expect("a URL");
    store.contact().await.expect("that is enough");
    granted(&store, "a").await.expect("that is enough");
}

#[tokio::test]
async fn what_another_program_wrote_as_the_time_of_an_epoch_is_explained() {
    let server = Postgres::start();
    let url = server.url();
    PostgresStore::connect(&url).expect("a URL").contact().await.expect("it serves");
    execute(&url, "ALTER TABLE seawall_states ALTER state DROP NOT NULL").await;
    for state in ["NULL", "'NaN'", "'-Infinity'"] {
        execute(
            &url,
            &format!("UPDATE seawall_states SET state = {state} WHERE key LIKE '%epoch%'"),
        )
        .await;
        // Each store connects anew, which reads the row.
        let store = PostgresStore::connect(&url).expect("a URL");
        let error = store.contact().await.expect_err(state);
        assert_eq!(error.kind(), Kind::Garbled, "{state}: {error}");
        assert!(error.problem().contains("`seawall:1:epoch …`"), "{state}: {error}");
    }
}

#[tokio::test]
async fn a_server_that_accepts_no_writes_is_explained() {
    let server = Postgres::start();
    let read_only = format!("{}?options=-cdefault_transaction_read_only%3Don", server.url());
    let store = PostgresStore::connect(&read_only).expect("a URL");
    let error = store.contact().await.expect_err("it is read-only");
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.to_string().contains("accepts no writes"), "{error}");
}

#[tokio::test]
async fn a_server_that_was_away_serves_again() {
    let mut server = Postgres::start();
    let options = PostgresOptions::new(&server.url()).expect("a URL");
    let store = PostgresStore::with_options(options.with_timeout(Duration::from_millis(300)));
    until_granted(&store).await;
    server.stop_signal();
    let error = granted(&store, "a").await.expect_err("it is stopped");
    assert_eq!(error.kind(), Kind::TimedOut, "{error}");
    server.resume();
    until_granted(&store).await;
    server.kill();
    let error = granted(&store, "a").await.expect_err("it is gone");
    assert_eq!(error.kind(), Kind::Unavailable, "{error}");
    server.restart();
    until_granted(&store).await;
}

#[tokio::test]
async fn a_replica_is_refused_and_grants_nothing_at_first_when_it_is_promoted() {
    let mut primary = Postgres::start();
    until_granted(&PostgresStore::connect(&primary.url()).expect("a URL")).await;
    let replica = primary.replica();
    let store = PostgresStore::connect(&replica.url()).expect("a URL");
    let error = granted(&store, "a").await.expect_err("it is a replica");
    assert_eq!(error.kind(), Kind::Unavailable, "{error}");
    assert!(error.to_string().contains("it is a replica"), "{error}");
    primary.kill();
    replica.promote();
    let promoted = PostgresStore::connect(&replica.url()).expect("a URL");
    assert_eq!(granted(&promoted, "a").await.expect("it serves"), 0, "what is out is not known");
    until_granted(&store).await;
}

#[tokio::test]
async fn states_that_are_past_their_time_are_missing_and_removed() {
    let server = Postgres::start();
    let url = server.url();
    let store = PostgresStore::connect(&url).expect("a URL");
    until_granted(&store).await;
    granted(&store, "b").await.expect("it serves");
    let count = "SELECT count(*) FROM seawall_states WHERE key NOT LIKE '%epoch%'";
    execute(&url, "UPDATE seawall_states SET keep_until = now() - interval '1 s' WHERE key NOT LIKE '%epoch%'").await;
    granted(&store, "a").await.expect("it is replaced");
    assert_eq!(execute(&url, count).await, Some(2), "one is replaced");
    store.contact().await.expect("it can serve");
    assert!(execute(&url, count).await <= Some(2), "the other is removed");
    let b = KeySecret::new("").name("tokens", "b", None);
    let left = format!("SELECT count(*) FROM seawall_states WHERE key = '{}'", b.as_str());
    assert_eq!(execute(&url, &left).await, Some(0));
}

#[test]
fn the_readme_has_the_statement_that_creates_the_table() {
    let (readme, schema) = (include_str!("../README.md"), include_str!("../src/schema.rs"));
    for line in readme.lines().skip_while(|line| *line != "```sql").skip(1) {
        if line.starts_with("```") {
            break;
        }
        assert!(schema.contains(line.trim_end_matches(';')), "{line}");
    }
}
