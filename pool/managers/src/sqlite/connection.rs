use std::cell::Cell;
use std::ops::{Deref, DerefMut};

use rusqlite::{Connection, Result};

use super::baseline::Baseline;
use crate::ManagerError;

/// A connection to SQLite. It derefs to the [`Connection`] that runs queries.
pub struct SqliteConnection {
    pub(super) connection: Connection,
    /// Device and number of the open file.
    file: Option<(u64, u64)>,
    baseline: Baseline,
    /// True if a borrower had access since the connection was last as it is lent.
    pub(super) is_used: Cell<bool>,
}

impl SqliteConnection {
    pub(super) fn new(connection: Connection) -> Result<Self> {
        let file = connection.path().and_then(identity);
        let baseline = Baseline::of(&connection)?;
        Ok(Self { connection, file, baseline, is_used: Cell::new(false) })
    }

    /// Returns true if the path no longer leads to the file that is open.
    pub(super) fn is_replaced(&self) -> bool {
        let now = || self.connection.path().and_then(identity);
        self.file.is_some_and(|file| now() != Some(file))
    }

    /// Makes it as it was after its setup.
    pub(super) fn restore(&self) -> Result<(), ManagerError> {
        self.baseline.restore(&self.connection)?;
        self.is_used.set(false);
        Ok(())
    }
}

/// Returns what tells the file at `path` apart from others that were there, or `None` without a file.
#[cfg(unix)]
fn identity(path: &str) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;

    std::fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// Returns `None`, since the system does not tell files apart.
#[cfg(not(unix))]
fn identity(_: &str) -> Option<(u64, u64)> {
    None
}

impl Deref for SqliteConnection {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.is_used.set(true);
        &self.connection
    }
}

impl DerefMut for SqliteConnection {
    fn deref_mut(&mut self) -> &mut Connection {
        self.is_used.set(true);
        &mut self.connection
    }
}

seawall_core::__debug! {
    impl SqliteConnection: self {
        path: self.connection.path(),
        is_autocommit: self.connection.is_autocommit(),
    }
}
