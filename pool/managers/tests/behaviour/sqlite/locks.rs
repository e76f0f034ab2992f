//! Many connections to one database, and what becomes of a lock whose owner is cut.

use std::sync::mpsc::channel;
use std::thread;

use rusqlite::Connection;
use seawall_core::pool::ManageBlocking;
use seawall_pool_managers::Sqlite;

use super::{Db, place, pool};
use crate::support::{LONG, MS, Op, Storm, assert_whole};

const COUNT: Op<Db> = |db| {
    Box::pin(async {
        let count = "BEGIN IMMEDIATE; UPDATE counter SET n = n + 1; COMMIT";
        db.run(|db| db.execute_batch(count)).await.map_err(|error| error.to_string())
    })
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_tasks_write_at_once_and_no_write_is_lost_or_refused() {
    let (_folder, path) = place();
    let file = Sqlite::file(path).with_pragma("journal_mode", "wal");
    for manager in [file, Sqlite::memory()] {
        let pool = pool(manager.with_busy_timeout(LONG), 4);
        let lent = pool.checkout().await.expect("it connects");
        lent.execute_batch("CREATE TABLE counter (n); INSERT INTO counter VALUES (0)")
            .expect("new");
        drop(lent);
        // Who waits for SQLite's lock is served in no order.
        let storm = Storm::on(&pool, LONG, COUNT, |error| Some(error.to_string()));
        storm.until(200, |tally| tally.succeeded).await;
        storm.until_inside(4).await;
        let tally = storm.end().await;
        assert_eq!((tally.failed(), tally.most_inside), (0, 4), "{tally:?}");
        let lent = pool.checkout().await.expect("it");
        let n = super::ask(&lent, "SELECT n FROM counter");
        assert_eq!(u64::try_from(n), Ok(tally.succeeded));
        drop(lent);
        assert_whole(&pool).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_file_is_put_into_another_mode_by_many_connections_at_once() {
    for _ in 0..20 {
        let (_folder, path) = place();
        let manager = Sqlite::file(path).with_pragma("journal_mode", "wal");
        let pool = pool(manager.with_busy_timeout(LONG), 8);
        let connects = [(); 8].map(|()| {
            let pool = pool.clone();
            tokio::spawn(async move { pool.checkout().await.map(|_| ()) })
        });
        for connect in connects {
            connect.await.expect("no panic").expect("none is refused");
        }
    }
}

#[test]
fn to_put_a_file_into_another_mode_waits_for_who_writes() {
    let (_folder, path) = place();
    let other = Connection::open(&path).expect("a database");
    other.execute_batch("BEGIN IMMEDIATE; CREATE TABLE orders (id)").expect("it is alone");
    let manager = Sqlite::file(path).with_busy_timeout(LONG).with_pragma("journal_mode", "wal");
    let (tell, told) = channel();
    let connect = thread::spawn(move || tell.send(manager.create().map(drop)));
    let early = told.recv_timeout(100 * MS);
    assert!(early.is_err(), "it waits: {early:?}");
    other.execute_batch("COMMIT").expect("it is done");
    told.recv().expect("it ends").expect("it connects");
    connect.join().expect("no panic").expect("someone listens");
}

#[tokio::test]
async fn a_use_that_is_cut_ends_and_gives_its_lock_back() {
    let (_folder, path) = place();
    let pool = pool(Sqlite::file(path).with_busy_timeout(LONG), 1);
    let hold_for_ever = async |db: &mut Db| {
        db.run(|db| {
            db.execute_batch("BEGIN EXCLUSIVE")?;
            let endless = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) \
                           SELECT max(x) FROM n";
            db.query_row(endless, (), |_| Ok(()))
        })
        .await
    };
    let cut = pool.with(hold_for_ever, 200 * MS).await.expect_err("it never ends");
    assert!(cut.is_timed_out(), "{cut:?}");
    let write = async |db: &mut Db| db.run(|db| db.execute_batch("CREATE TABLE orders (id)")).await;
    pool.with(write, LONG).await.expect("the lock is free");
    assert_eq!((pool.status().created, pool.status().closed.abandoned), (2, 1));
    assert_whole(&pool).await;
}

#[tokio::test]
async fn a_connection_that_a_borrower_has_cut_himself_is_not_lent_again() {
    let pool = pool(Sqlite::memory(), 1);
    let lose = async |db: &mut Db| {
        let (_until_here, goes_on) = channel::<()>();
        tokio::select! {
            biased;
            _ = db.run(move |_| goes_on.recv()) => Err("it waits"),
            () = async {} => Ok(()),
        }
    };
    pool.with(lose, LONG).await.expect("the operation itself succeeds");
    let status = pool.status();
    assert_eq!((status.closed.broken, status.size), (1, 0), "{status:?}");
    assert_whole(&pool).await;
}
