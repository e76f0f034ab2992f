//! What a borrower leaves open is closed; a file that was replaced is noticed.

use std::fs;

use rusqlite::Connection;
use seawall_core::pool::ManageBlocking;
use seawall_pool_managers::{ManagerError, ManagerErrorKind, Sqlite};

use super::{Db, Pool, ask, place, pool};
use crate::support::{LONG, MS};

/// One borrower does `what`.
async fn leave(
    pool: &Pool,
    what: &'static str,
) -> Result<(), seawall_core::Error<rusqlite::Error>> {
    let leave = async |db: &mut Db| db.run(move |db| db.execute_batch(what)).await;
    pool.with(leave, LONG).await
}

/// The next one counts the rows of `orders`.
async fn count(pool: &Pool) -> i64 {
    let lent = pool.checkout().await.expect("it connects");
    ask(&lent, "SELECT count(*) FROM orders")
}

#[tokio::test]
async fn a_transaction_that_was_left_open_is_rolled_back() {
    let (_folder, path) = place();
    for manager in [Sqlite::file(path), Sqlite::memory()] {
        let pool = pool(manager, 1);
        leave(&pool, "CREATE TABLE orders (id UNIQUE)").await.expect("it may");
        leave(&pool, "BEGIN; INSERT INTO orders VALUES (1)").await.expect("it may");
        assert_eq!(count(&pool).await, 0);
        leave(&pool, "SAVEPOINT here; INSERT INTO orders VALUES (1)").await.expect("it may");
        assert_eq!(count(&pool).await, 0);
        let twice = "BEGIN; INSERT INTO orders VALUES (1), (1)";
        let error = leave(&pool, twice).await.expect_err("it is unique");
        assert!(error.into_failed().is_some());
        assert_eq!(count(&pool).await, 0);
        assert_eq!(pool.status().created, 1, "{:?}", pool.last_check_error());
    }
}

#[test]
fn settings_temporary_tables_and_attached_databases_go_and_the_setup_stays() {
    let (_folder, path) = place();
    let setup = "ATTACH ':memory:' AS cache; CREATE TEMP TABLE scratch (id)";
    let manager = Sqlite::file(&path)
        .with_pragma("foreign_keys", true)
        .with_setup(move |db| db.execute_batch(setup));
    let mut db = manager.create().expect("a database");
    let pragmas = ["foreign_keys", "query_only", "cache_size", "busy_timeout", "synchronous"];
    let state = |db: &Connection| {
        let mut state: Vec<i64> = pragmas.map(|name| ask(db, &format!("PRAGMA {name}"))).to_vec();
        state.push(ask(db, "SELECT count(*) FROM pragma_database_list WHERE name <> 'temp'"));
        state.push(ask(db, "SELECT count(*) FROM temp.sqlite_schema"));
        state
    };
    let before = state(&db);
    assert_eq!((before[0], before[1]), (1, 0));
    for left in [
        "PRAGMA foreign_keys = off; PRAGMA query_only = on; PRAGMA cache_size = 77",
        "PRAGMA busy_timeout = 1; PRAGMA synchronous = off; PRAGMA ignore_check_constraints = on",
        "ATTACH ':memory:' AS \"o\"\"ther\"; CREATE TEMP TABLE \"left\" (id)",
        "CREATE TABLE t (id); CREATE TEMP VIEW v AS SELECT * FROM t; \
         CREATE TEMP TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t; END",
        "PRAGMA locking_mode = exclusive; CREATE TABLE locked (id)",
        "BEGIN IMMEDIATE; INSERT INTO t VALUES (1); PRAGMA foreign_keys = off",
    ] {
        db.execute_batch(left).expect(left);
        assert!(!manager.is_clean(&db));
        manager.reset(&mut db).expect(left);
        assert!(manager.is_clean(&db), "{left}");
        assert_eq!(state(&db), before, "{left}");
        let other = Connection::open(&path).expect("a database");
        other.busy_timeout(MS).expect("it can");
        other.execute_batch("BEGIN IMMEDIATE; ROLLBACK").expect("no lock is left");
    }
    db.execute_batch("DETACH cache").expect("it may");
    let error = manager.reset(&mut db).expect_err("it cannot be attached again");
    assert_eq!(error.kind(), ManagerErrorKind::NotReset);
}

#[test]
fn a_connection_that_was_not_used_needs_no_reset() {
    let manager = Sqlite::memory();
    let mut db = manager.create().expect("it is in memory");
    manager.check(&mut db).expect("it is good");
    assert!(manager.is_clean(&db));
    assert!(db.is_autocommit());
    assert!(!manager.is_clean(&db));
}

#[tokio::test]
async fn a_file_that_was_replaced_or_removed_is_opened_anew() {
    let (folder, path) = place();
    let pool = pool(Sqlite::file(&path), 1);
    leave(&pool, "CREATE TABLE orders (id); INSERT INTO orders VALUES (1)").await.expect("it may");
    assert_eq!((count(&pool).await, pool.status().created), (1, 1));

    let other = folder.path().join("other.db");
    let orders = "CREATE TABLE orders (id); INSERT INTO orders VALUES (1), (2)";
    Connection::open(&other).expect("a database").execute_batch(orders).expect("it may");
    fs::rename(&other, &path).expect("they are in one folder");
    assert_eq!((count(&pool).await, pool.status().created), (2, 2));
    let error = pool.last_check_error().expect("it was noticed");
    assert_eq!(error.kind(), ManagerErrorKind::Replaced);
    assert_eq!(error.to_string(), "the file of SQLite was replaced while it was open");

    fs::remove_file(&path).expect("it is there");
    leave(&pool, "CREATE TABLE orders (id)").await.expect("the file is new and empty");
    assert_eq!((count(&pool).await, pool.status().created), (0, 3));
}

#[test]
fn a_database_that_is_in_no_file_is_not_taken_for_a_replaced_one() {
    for manager in [Sqlite::memory(), Sqlite::file(":memory:"), Sqlite::file("")] {
        let mut db = manager.create().expect("it is in memory");
        let checked: Result<(), ManagerError> = manager.check(&mut db);
        checked.expect("it is good");
    }
}
