use std::fmt;
use std::ops::{Deref, DerefMut};

use rusqlite::Connection;

use super::identity::Identity;

/// A connection to SQLite. It derefs to the [`Connection`] that runs queries.
pub struct SqliteConnection {
    connection: Connection,
    file: Option<Identity>,
}

impl SqliteConnection {
    pub(super) fn new(connection: Connection) -> Self {
        let file = connection.path().and_then(Identity::of);
        Self { connection, file }
    }

    /// Is the file that it has open not the one any more that others find at its path?
    pub(super) fn is_replaced(&self) -> bool {
        let now = || self.connection.path().and_then(Identity::of);
        self.file.is_some_and(|file| now() != Some(file))
    }
}

impl Deref for SqliteConnection {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for SqliteConnection {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

impl fmt::Debug for SqliteConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteConnection")
            .field("path", &self.connection.path())
            .field("is_autocommit", &self.connection.is_autocommit())
            .finish_non_exhaustive()
    }
}
