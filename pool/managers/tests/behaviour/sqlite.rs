mod databases;
mod errors;
mod leftovers;
mod locks;
mod transactions;

use std::path::PathBuf;

use rusqlite::Connection;
use seawall_pool::{Blocking, Threaded};
use seawall_pool_managers::Sqlite;
use tempfile::TempDir;

type Db = Threaded<Sqlite>;
type Pool = crate::Pool<Blocking<Sqlite>>;

/// A pool of at most `max` connections.
fn pool(manager: Sqlite, max: u32) -> Pool {
    crate::support::pool(Blocking::new(manager), max)
}

/// A folder of its own, and the path of a file in it that is not there yet.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("orders.db");
    (folder, path)
}

/// What the first column of the first row of the answer says.
fn ask(db: &Connection, query: &str) -> i64 {
    db.query_row(query, (), |row| row.get(0)).expect("an answer")
}
