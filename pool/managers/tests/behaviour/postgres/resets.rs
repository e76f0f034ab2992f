//! What a borrower leaves behind is wiped away before the next one, as far as that was asked for.

use std::time::Duration;

use seawall_core::pool::Manage;
use seawall_pool_managers::{PostgresConnection, PostgresReset};
use seawall_test_servers::Postgres;
use tokio_postgres::Error;

use super::manager;
use crate::Pool;
use crate::support::{LONG, pool};

/// One borrower does `first`, and the next one is asked `then`, on the same connection.
async fn left_behind(server: &Postgres, reset: PostgresReset, first: &str, then: &str) -> String {
    let pool = pool(manager(server).with_reset(reset), 1);
    let leave = async |connection: &mut PostgresConnection| connection.batch_execute(first).await;
    pool.with(leave, LONG).await.expect("it is allowed");
    let found = ask(&pool, then).await;
    assert_eq!(pool.status().created, 1, "the same connection: {:?}", pool.last_check_error());
    found
}

/// What the first column of the first row of the answer says.
async fn ask<M: Manage<Resource = PostgresConnection>>(pool: &Pool<M>, query: &str) -> String {
    let ask = async |connection: &mut PostgresConnection| {
        let row = connection.query_one(query, &[]).await?;
        Ok::<String, Error>(row.get(0))
    };
    pool.with(ask, LONG).await.expect("an answer")
}

#[tokio::test]
async fn a_transaction_that_was_left_open_is_rolled_back() {
    let server = Postgres::start();
    let count = "SELECT count(*)::text FROM pg_tables WHERE tablename = 'left'";
    let first = "BEGIN; CREATE TABLE \"left\" (id int)";
    assert_eq!(left_behind(&server, PostgresReset::Keep, first, count).await, "1");
    assert_eq!(left_behind(&server, PostgresReset::Rollback, first, count).await, "0");
    assert_eq!(left_behind(&server, PostgresReset::Everything, first, count).await, "0");
}

#[tokio::test]
async fn a_transaction_that_has_failed_is_rolled_back() {
    let server = Postgres::start();
    for reset in [PostgresReset::Rollback, PostgresReset::Everything] {
        let pool = pool(manager(&server).with_reset(reset), 1);
        let fail = async |connection: &mut PostgresConnection| {
            connection.batch_execute("BEGIN").await?;
            connection.batch_execute("SELECT 1/0").await
        };
        let error = pool.with(fail, LONG).await.expect_err("it divides by zero");
        assert!(error.into_failed().is_some_and(|error| error.as_db_error().is_some()));
        assert_eq!(ask(&pool, "SELECT 'fine'").await, "fine");
        assert_eq!(pool.status().created, 1, "{:?}", pool.last_check_error());
    }
}

#[tokio::test]
async fn settings_and_temporary_tables_and_locks_go_only_if_everything_does() {
    let server = Postgres::start();
    for (first, then, clean, dirty) in [
        (
            "SET statement_timeout = '7min'",
            "SELECT current_setting('statement_timeout')",
            "0",
            "7min",
        ),
        ("SET ROLE pg_monitor", "SELECT current_user::text", "postgres", "pg_monitor"),
        (
            "CREATE TEMP TABLE scratch (id int)",
            "SELECT count(*)::text FROM pg_class \
             WHERE relname = 'scratch' AND relnamespace = pg_my_temp_schema()",
            "0",
            "1",
        ),
        (
            "SELECT pg_advisory_lock(7)",
            "SELECT count(*)::text FROM pg_locks \
             WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
            "0",
            "1",
        ),
        ("LISTEN news", "SELECT count(*)::text FROM pg_listening_channels()", "0", "1"),
        (
            "DECLARE all_of_it CURSOR WITH HOLD FOR SELECT 1",
            "SELECT count(*)::text FROM pg_cursors WHERE is_holdable",
            "0",
            "1",
        ),
    ] {
        assert_eq!(left_behind(&server, PostgresReset::Rollback, first, then).await, dirty);
        assert_eq!(left_behind(&server, PostgresReset::Everything, first, then).await, clean);
    }
}

/// A real `DISCARD ALL` takes from the client the statements it looks types up with.
#[tokio::test]
async fn the_client_still_knows_its_own_statements_when_everything_else_is_gone() {
    let server = Postgres::start();
    let pool = pool(manager(&server).with_reset(PostgresReset::Everything), 1);
    let types = "CREATE TYPE mood AS ENUM ('fine'); CREATE TYPE size AS ENUM ('small')";
    let make = async |connection: &mut PostgresConnection| connection.batch_execute(types).await;
    pool.with(make, LONG).await.expect("it is allowed");
    for (name, value) in [("mood", "fine"), ("size", "small")] {
        let look = async |connection: &mut PostgresConnection| {
            let query = format!("SELECT '{value}'::{name}");
            let statement = connection.prepare(&query).await?;
            Ok::<_, Error>(statement.columns()[0].type_().name().to_owned())
        };
        assert_eq!(pool.with(look, LONG).await.expect("its type"), name);
    }
    assert_eq!(pool.status().created, 1, "{:?}", pool.last_check_error());
}

#[tokio::test]
async fn a_clean_connection_is_lent_again_without_a_word_in_the_log() {
    let server = Postgres::start();
    for reset in [PostgresReset::Keep, PostgresReset::Rollback, PostgresReset::Everything] {
        let pool = pool(manager(&server).with_reset(reset), 1);
        for _ in 0..3 {
            assert_eq!(ask(&pool, "SELECT 'fine'").await, "fine");
        }
        assert_eq!(pool.status().created, 1, "{:?}", pool.last_check_error());
    }
    assert_eq!(server.complaints(), [] as [&str; 0]);
}

#[tokio::test]
async fn a_use_that_was_cut_leaves_nothing_to_the_next() {
    let server = Postgres::start();
    let pool = pool(manager(&server), 1);
    let sleep = async |connection: &mut PostgresConnection| {
        connection.batch_execute("BEGIN; SELECT pg_sleep(60)").await
    };
    // So that the time is that of the use alone.
    assert_eq!(ask(&pool, "SELECT 'fine'").await, "fine");
    let error = pool.with(sleep, Duration::from_millis(200)).await.expect_err("it is cut");
    assert!(error.is_timed_out(), "{error:?}");
    assert_eq!(ask(&pool, "SELECT 'fine'").await, "fine");
    assert_eq!((pool.status().created, pool.status().closed.abandoned), (2, 1));
}
