//! Which connections share a database in memory, and how long it is there.

use rusqlite::Connection;
use seawall_core::pool::ManageBlocking;
use seawall_pool_managers::{Sqlite, SqliteConnection};

use super::{ask, pool};

const ORDERS: &str = "CREATE TABLE orders (id); INSERT INTO orders VALUES (7)";
const TABLES: &str = "SELECT count(*) FROM sqlite_schema";

fn open(manager: &Sqlite) -> SqliteConnection {
    manager.create().expect("it is in memory")
}

#[test]
fn connections_of_a_manager_and_its_clones_share_one_and_other_managers_have_others() {
    let (manager, other) = (Sqlite::memory(), Sqlite::memory());
    open(&manager).execute_batch(ORDERS).expect("it may");
    assert_eq!(ask(&open(&manager), "SELECT id FROM orders"), 7);
    assert_eq!(ask(&open(&manager.clone()), "SELECT id FROM orders"), 7);
    assert_eq!(ask(&open(&other), TABLES), 0);
}

#[tokio::test]
async fn it_outlives_each_connection_of_a_pool() {
    let pool = pool(Sqlite::memory(), 2);
    let lent = pool.checkout().await.expect("it connects");
    lent.execute_batch(ORDERS).expect("it may");
    lent.discard();
    assert_eq!(pool.status().size, 0);
    let lent = [pool.checkout().await.expect("it"), pool.checkout().await.expect("it")];
    for lent in &lent {
        assert_eq!(ask(lent, "SELECT id FROM orders"), 7);
    }
}

#[test]
fn it_goes_with_the_last_of_its_manager_and_connections() {
    let manager = Sqlite::memory();
    let connection = open(&manager);
    connection.execute_batch(ORDERS).expect("it may");
    let shown = format!("{manager:?}");
    let name = shown.split('"').nth(1).expect("a path");
    let tables = || {
        let other = Connection::open(name).expect("whoever knows its name");
        ask(&other, TABLES)
    };
    drop(connection);
    assert_eq!(tables(), 1, "there is the manager");
    let connection = open(&manager);
    drop(manager);
    assert_eq!(tables(), 1, "there is the connection");
    drop(connection);
    assert_eq!(tables(), 0, "it is another");
}

#[test]
fn what_each_connection_needs_is_set_up_in_order_on_each() {
    let manager = Sqlite::memory()
        .with_setup(|db| db.execute_batch("CREATE TEMP TABLE mine (id)"))
        .with_pragma("cache_size", 77)
        .with_setup(|db| db.execute_batch("INSERT INTO mine SELECT * FROM pragma_cache_size"));
    for _ in 0..2 {
        assert_eq!(ask(&open(&manager), "SELECT id FROM mine"), 77);
    }
}
