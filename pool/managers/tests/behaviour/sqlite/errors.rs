//! What went wrong is told apart, comes with what SQLite said, and names what would be right.

use std::error::Error as StdError;
use std::fs;

use rusqlite::{Connection, ErrorCode};
use seawall_core::pool::ManageBlocking;
use seawall_pool_managers::{ManagerError, ManagerErrorKind, Sqlite};

use super::{ask, place, pool};
use crate::support::{MS, all_words, eventually, source, unavailable};

#[track_caller]
fn failure(manager: &Sqlite) -> ManagerError {
    manager.create().expect_err("it cannot be opened")
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let (folder, path) = place();
    for manager in [
        Sqlite::file(folder.path().join("missing").join("orders.db")),
        Sqlite::file(folder.path()),
        Sqlite::file(&path).read_only(),
    ] {
        let error = failure(&manager);
        assert_eq!(error.kind(), ManagerErrorKind::CannotOpen, "{error:?}");
        assert_eq!(error.to_string(), "SQLite cannot open the file");
        let folder = folder.path().to_str().expect("letters");
        assert!(all_words(&error).contains(folder), "{error:?}");
    }
    assert!(!path.exists(), "nothing was made");
}

#[test]
fn what_is_no_database_is_found_out_as_it_is_opened() {
    let (_folder, path) = place();
    fs::write(&path, "Dear diary, today I have learnt to write.".repeat(100)).expect("a file");
    let error = failure(&Sqlite::file(&path));
    assert_eq!(error.kind(), ManagerErrorKind::NotADatabase);
    assert_eq!(error.to_string(), "the file is not a database of SQLite");
    assert!(error.source().is_some());
}

#[test]
fn a_database_that_is_damaged_or_full_is_called_so() {
    let (_folder, path) = place();
    let db = Connection::open(&path).expect("a database");
    db.execute_batch("CREATE TABLE orders (id)").expect("it may");
    drop(db);
    let full = Sqlite::file(&path)
        .with_pragma("max_page_count", 2)
        .with_setup(|db| db.execute_batch("CREATE TABLE more (id)"));
    assert_eq!(failure(&full).kind(), ManagerErrorKind::Disk);

    let mut bytes = fs::read(&path).expect("a file");
    bytes[100..200].fill(0xFF);
    fs::write(&path, bytes).expect("a file");
    let look = |db: &mut Connection| db.execute_batch("SELECT * FROM orders");
    let error = failure(&Sqlite::file(&path).with_setup(look));
    assert_eq!(error.kind(), ManagerErrorKind::Damaged, "{error:?}");
    assert_eq!(error.to_string(), "the database of SQLite is damaged");
}

#[test]
fn a_file_that_may_only_be_read_is_an_error_unless_that_was_asked_for() {
    let (_folder, path) = place();
    let db = Connection::open(&path).expect("a database");
    db.execute_batch("CREATE TABLE orders (id); INSERT INTO orders VALUES (7)").expect("it may");
    let uri = format!("file:{}?mode=ro", path.display());
    let error = failure(&Sqlite::file(uri));
    assert_eq!(error.kind(), ManagerErrorKind::ReadOnly);
    assert!(all_words(&error).contains("use `Sqlite::read_only`"), "{error:?}");

    let reader = Sqlite::file(&path).read_only();
    let db = reader.create().expect("it is there");
    assert_eq!(ask(&db, "SELECT id FROM orders"), 7);
    let error = db.execute("INSERT INTO orders VALUES (8)", ()).expect_err("it may not");
    assert_eq!(error.sqlite_error_code(), Some(ErrorCode::ReadOnly));
    let error = failure(&reader.with_setup(|db| db.execute_batch("DELETE FROM orders")));
    assert_eq!(error.kind(), ManagerErrorKind::ReadOnly);
    assert_eq!(error.to_string(), "SQLite can only read the file");
}

#[test]
fn a_pragma_that_sqlite_would_ignore_is_an_error_and_one_that_it_takes_holds() {
    let (_folder, path) = place();
    let set = |name: &str, value: &'static str| Sqlite::file(&path).with_pragma(name, value);
    for (manager, sentence) in [
        (set("foriegn_keys", "on"), "SQLite has no pragma `foriegn_keys`"),
        (set("x; DROP TABLE y", "on"), "SQLite has no pragma `x; DROP TABLE y`"),
        (
            Sqlite::memory().with_pragma("journal_mode", "wal"),
            "SQLite kept the journal mode `memory` instead of `wal`",
        ),
        (
            Sqlite::file(&path).with_pragma("Journal_Mode", 7),
            "SQLite kept the journal mode `delete` instead of `7`",
        ),
    ] {
        let error = failure(&manager);
        assert_eq!(error.kind(), ManagerErrorKind::BadSetup);
        assert_eq!(
            error.to_string(),
            "SQLite did not accept the settings or the setup of the connection"
        );
        assert_eq!(error.source().expect("the reason").to_string(), sentence);
    }
    let good = set("Journal_Mode", "WAL").with_pragma("foreign_keys", false);
    let db = good.create().expect("they are known");
    assert_eq!(ask(&db, "PRAGMA foreign_keys"), 0);
    let mode: String = db.query_row("PRAGMA journal_mode", (), |row| row.get(0)).expect("one");
    assert_eq!(mode, "wal");
    let secret = Sqlite::file(&path).with_pragma("key", "hunter2");
    assert!(!format!("{secret:?}").contains("hunter2"), "{secret:?}");
}

#[tokio::test]
async fn a_locked_database_is_the_source_of_the_refusal_and_lent_once_it_is_free() {
    let (_folder, path) = place();
    let other = Connection::open(&path).expect("a database");
    other.execute_batch("BEGIN EXCLUSIVE; CREATE TABLE orders (id)").expect("it is alone");
    let pool = pool(Sqlite::file(&path).with_busy_timeout(20 * MS), 2);
    let refusal = unavailable(&pool).await;
    assert_eq!(source::<ManagerError>(&refusal).kind(), ManagerErrorKind::Busy);
    assert!(all_words(&refusal).contains("database is locked"), "{refusal:?}");
    assert!(pool.status().failed_connects > 0);
    other.execute_batch("COMMIT").expect("it is done");
    // The pool may be in a pause between two attempts.
    eventually("it connects", async || pool.checkout().await.is_ok()).await;
    let lent = pool.checkout().await.expect("it is idle");
    assert_eq!(ask(&lent, "SELECT count(*) FROM orders"), 0);
}
