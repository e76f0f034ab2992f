//! What a session costs and keeps: round trips, setup, prepared statements, Unix sockets.

use seawall_core::pool::Manage;
use seawall_pool_managers::{ManagerErrorKind, Postgres as Manager, PostgresReset};
use seawall_test_servers::Postgres;

use super::{manager, watch};
use crate::support::{LONG, Proxy, all_words, eventually, pool};

fn through(proxy: &Proxy, server: &Postgres) -> Manager {
    let url = server.url().replace(&server.port().to_string(), &proxy.port.to_string());
    Manager::from_url(&url).expect("a URL")
}

#[tokio::test]
async fn round_trips_are_as_many_as_the_documentation_says() {
    use PostgresReset::{Everything, Keep, Rollback};
    let server = Postgres::start();
    // reset of: a session that was not used; one that ran a query; one with an open transaction
    for (reset, trips) in [(Keep, [0, 0, 0]), (Rollback, [0, 0, 1]), (Everything, [0, 1, 1])] {
        let proxy = Proxy::start(server.port()).await;
        let manager = through(&proxy, &server).with_reset(reset);
        let mut connection = manager.create().await.expect("it connects");
        assert_eq!(proxy.trips(), 1, "to connect, without a password");
        manager.check(&mut connection).await.expect("it is good");
        assert_eq!(proxy.trips(), 1, "to check");
        for (use_of_it, trips) in ["", "SELECT 1", "BEGIN; SELECT 1"].iter().zip(trips) {
            if !use_of_it.is_empty() {
                connection.batch_execute(use_of_it).await.expect("it may");
            }
            proxy.trips();
            manager.reset(&mut connection).await.expect("it can be reset");
            assert_eq!(proxy.trips(), trips, "{reset:?} after {use_of_it:?}");
        }
    }
}

#[tokio::test]
async fn a_checkout_in_a_pool_takes_at_most_one_round_trip() {
    let server = Postgres::start();
    for (reset, trips) in [(PostgresReset::Rollback, 0), (PostgresReset::Everything, 1)] {
        let proxy = Proxy::start(server.port()).await;
        let pool = pool(through(&proxy, &server).with_reset(reset), 1);
        pool.reconfigure(&pool.options().with_check_after(LONG)).expect("it can");
        for round in 0..10 {
            let lent = pool.checkout().await.expect("it connects");
            assert_eq!(proxy.trips(), u64::from(round == 0), "no check, since it was just used");
            lent.batch_execute("SELECT 1").await.expect("it answers");
            assert_eq!(proxy.trips(), 1);
            drop(lent);
            eventually("it is reset", async || pool.status().idle == 1).await;
            assert_eq!(proxy.trips(), trips, "{reset:?}");
        }
    }
}

#[tokio::test]
async fn the_setup_is_there_after_connecting_and_after_a_reset() {
    let server = Postgres::start();
    let setup = "SET statement_timeout = '7min'; SET search_path = shop";
    let manager = manager(&server).with_setup(setup);
    assert!(!format!("{manager:?}").contains("7min"), "{manager:?}");
    let mut connection = manager.create().await.expect("it connects");
    for _ in 0..3 {
        let row = connection.query_one("SHOW statement_timeout", &[]).await.expect("it answers");
        assert_eq!(row.get::<_, String>(0), "7min");
        connection.batch_execute("SET statement_timeout = 0").await.expect("it may");
        manager.reset(&mut connection).await.expect("it can be reset");
    }
    let bad = manager.with_setup("SET no_such_setting = 1").create().await.expect_err("unknown");
    assert_eq!(bad.kind(), ManagerErrorKind::BadSetup);
    assert!(all_words(&bad).contains("unrecognized configuration parameter"), "{bad:?}");
}

#[tokio::test]
async fn statements_are_prepared_once_and_the_coldest_makes_room() {
    let server = Postgres::start();
    let proxy = Proxy::start(server.port()).await;
    let manager = through(&proxy, &server).with_statement_cache(2);
    let mut connection = manager.create().await.expect("it connects");
    let prepared = async |connection: &seawall_pool_managers::PostgresConnection| {
        let count = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT _'";
        connection.query_one(count, &[]).await.expect("it answers").get::<_, i64>(0)
    };
    for (query, trips) in [("SELECT 1", 1), ("SELECT 2", 1), ("SELECT 1", 0), ("SELECT 3", 1)] {
        proxy.trips();
        let statement = connection.prepare_cached(query).await.expect("it can");
        assert_eq!(proxy.trips(), trips, "{query}");
        assert_eq!(connection.query(&statement, &[]).await.expect("it answers").len(), 1);
        manager.reset(&mut connection).await.expect("it can be reset");
    }
    assert_eq!(prepared(&connection).await, 2, "`SELECT 2` is gone");
    connection.batch_execute("DEALLOCATE ALL").await.expect("it may");
    let statement = connection.prepare_cached("SELECT 1").await.expect("it can");
    assert_eq!(connection.query(&statement, &[]).await.expect("it is there again").len(), 1);
    connection.clear_statement_cache();
    drop(statement);
    assert_eq!(prepared(&connection).await, 0);
}

#[tokio::test]
async fn over_a_unix_socket_requests_are_followed_and_cancelled_as_well() {
    let server = Postgres::start();
    let url = format!("host={} port={} user=postgres", server.folder().display(), server.port());
    let manager = Manager::from_url(&url).expect("a URL");
    let mut connection = manager.create().await.expect("it connects");
    let watch = watch(&server).await;
    tokio::select! {
        _ = connection.batch_execute("BEGIN; SELECT pg_sleep(60)") => panic!("it ends"),
        () = eventually("it runs", async || watch.active().await == 1) => {}
    }
    manager.reset(&mut connection).await.expect("it can be reset");
    assert_eq!(watch.active().await, 0);
    connection.query_one("SELECT 1", &[]).await.expect("it answers");

    let mixed = Manager::from_url(&format!("{url} host=localhost")).expect("a URL");
    let error = mixed.create().await.expect_err("both kinds of hosts");
    assert_eq!(error.kind(), ManagerErrorKind::BadSetup);
}
