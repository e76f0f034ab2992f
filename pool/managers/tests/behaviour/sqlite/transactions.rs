//! SQL transactions: committed if the operation succeeds, and rolled back otherwise.

use seawall_core::pool::{ManageBlocking, TransactBlocking, TransactionOptions};
use seawall_pool_managers::{ManagerErrorKind, Sqlite};

use super::{Db, ask, place, pool};
use crate::support::{LONG, MS};

#[test]
fn it_takes_the_lock_at_once_and_gives_it_back() {
    let (_folder, path) = place();
    let manager = Sqlite::file(path).with_busy_timeout(MS);
    let mut db = manager.create().expect("a database");
    let mut other = manager.create().expect("a database");
    db.execute_batch("CREATE TABLE orders (id UNIQUE)").expect("it may");
    let options = TransactionOptions::new();

    manager.begin(&mut db, &options).expect("it begins");
    let busy = manager.begin(&mut other, &options).expect_err("there is one");
    assert_eq!(busy.kind(), ManagerErrorKind::Busy);
    db.execute_batch("INSERT INTO orders VALUES (1)").expect("it may");
    manager.rollback(&mut db).expect("it is open");
    manager.rollback(&mut db).expect("there is none");

    manager.begin(&mut other, &options).expect("the lock is free");
    other.execute_batch("INSERT INTO orders VALUES (2)").expect("it may");
    manager.commit(&mut other).expect("it is open");
    assert_eq!(ask(&db, "SELECT max(id) FROM orders"), 2);
    let none = manager.commit(&mut other).expect_err("there is none");
    assert_eq!(none.kind(), ManagerErrorKind::NoTransaction);

    manager.begin(&mut db, &options).expect("it begins");
    db.execute_batch("INSERT OR ROLLBACK INTO orders VALUES (2)").expect_err("it is there");
    let ended = manager.commit(&mut db).expect_err("SQLite rolled back");
    assert_eq!(ended.kind(), ManagerErrorKind::NoTransaction);
}

#[tokio::test]
async fn in_a_pool_it_is_committed_if_the_operation_succeeds_and_only_then() {
    let (_folder, path) = place();
    let pool = pool(Sqlite::file(path), 1);
    let insert = async |db: &mut Db| {
        db.run(|db| db.execute_batch("CREATE TABLE orders (id); INSERT INTO orders VALUES (1)"))
            .await
    };
    pool.transaction(insert, LONG).await.expect("it is committed");
    let fail = async |db: &mut Db| {
        db.run(|db| db.execute_batch("INSERT INTO orders VALUES (2)")).await?;
        db.run(|db| db.execute_batch("INSERT INTO nowhere VALUES (2)")).await
    };
    let error = pool.transaction(fail, LONG).await.expect_err("there is no such table");
    assert!(error.into_failed().is_some_and(|error| !error.is_commit()));
    let hang = async |db: &mut Db| {
        db.run(|db| {
            db.execute_batch("INSERT INTO orders VALUES (3)")?;
            let endless = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) \
                           SELECT max(x) FROM n";
            db.query_row(endless, (), |_| Ok(()))
        })
        .await
    };
    let error = pool.transaction(hang, 200 * MS).await.expect_err("it never ends");
    assert!(error.is_timed_out(), "{error:?}");
    let lent = pool.checkout().await.expect("it connects");
    assert_eq!(ask(&lent, "SELECT count(*) FROM orders"), 1);
}

#[test]
fn one_that_only_reads_takes_no_lock_and_cannot_write() {
    let (_folder, path) = place();
    let manager = Sqlite::file(&path).with_busy_timeout(MS);
    let mut db = manager.create().expect("a database");
    db.execute_batch("CREATE TABLE orders (id)").expect("it may");
    manager.begin(&mut db, &TransactionOptions::new().read_only()).expect("it begins");
    db.execute_batch("INSERT INTO orders VALUES (1)").expect_err("it only reads");
    manager.commit(&mut db).expect("it is open");
    manager.reset(&mut db).expect("it can be reset");
    db.execute_batch("INSERT INTO orders VALUES (1)").expect("the next one may");

    let reader = Sqlite::file(&path).read_only();
    let mut db = reader.create().expect("a database");
    reader.begin(&mut db, &TransactionOptions::new()).expect("without a lock to write");
    assert_eq!(ask(&db, "SELECT count(*) FROM orders"), 1);
    reader.commit(&mut db).expect("it is open");
}
