use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, ToSql};
use seawall_core::pool::{Interrupt, ManageBlocking, Stage};

use self::anchor::Anchor;
use self::setup::Setup;

mod anchor;
mod connection;
mod error;
mod identity;
mod setup;

pub use self::connection::SqliteConnection;
pub use self::error::{SqliteError, SqliteErrorKind};

/// Connections to an SQLite database, by [`rusqlite`].
///
/// | option | default | |
/// |---|---|---|
/// | `read_only` | no | nothing is written, and no file is made |
/// | `busy_timeout` | 3 s | how long a call waits for a lock that another connection has |
/// | `pragma`, `setup` | none | done to each connection as it is opened, in this order |
///
/// A call of SQLite blocks its thread, so a pool takes this in `Blocking` of `seawall-pool-kit`, whose
/// `run` uses a connection on a thread that may block. A use that is cut there is interrupted: the
/// statement under way ends, its locks are free, and the connection is closed.
///
/// Opening reads the file's header, so that a file which is no database is an error of connecting, not
/// of its first use. Before a connection is lent again, the file has to be the one that was opened,
/// and not have been replaced by another; and a transaction that the last borrower left open is rolled
/// back. What else he left stays: settings, temporary tables, attached databases.
///
/// ```
/// use seawall_pool_managers::Sqlite;
///
/// let orders = Sqlite::file("orders.db")
///     .with_pragma("journal_mode", "wal")
///     .with_pragma("foreign_keys", true);
/// ```
#[derive(Clone)]
pub struct Sqlite {
    path: PathBuf,
    flags: OpenFlags,
    busy_timeout: Duration,
    setup: Setup,
    /// Of a database in memory.
    anchor: Option<Anchor>,
}

/// Less than the pool's default for connecting, so that what is locked is called so.
const BUSY_TIMEOUT: Duration = Duration::from_secs(3);

impl Sqlite {
    /// Connections to the database in the file `path`, which is made if it is not there; its
    /// directory is not. A path that begins with `file:` is a [URI](https://www.sqlite.org/uri.html).
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            flags: OpenFlags::default(),
            busy_timeout: BUSY_TIMEOUT,
            setup: Setup::default(),
            anchor: None,
        }
    }

    /// Connections to a database in memory, which all connections of this manager and its clones
    /// share, and nobody else has. They wait for each other's locks, as with a file. It begins empty
    /// with the first connection, and is there until the last clone of this and the last connection
    /// are dropped, however many connections a pool closes meanwhile.
    ///
    /// Opened by the name `:memory:`, each connection would have a database of its own, which one
    /// borrower fills and the next one finds empty.
    #[must_use]
    pub fn memory() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        // What begins with a slash is shared by the connections of a process. Unlike those of SQLite's
        // shared cache, they heed the busy timeout.
        let name = format!("file:/seawall-{number}?vfs=memdb");
        Self { anchor: Some(Anchor::default()), ..Self::file(name) }
    }

    /// With nothing written, and no file made that is not there.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.flags.remove(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE);
        self.flags.insert(OpenFlags::SQLITE_OPEN_READ_ONLY);
        self
    }

    /// With calls that wait for a lock at most for `timeout`, to the millisecond. It should be less
    /// than the pool's `connect_timeout`, which says of what is locked only that it took too long.
    #[must_use]
    pub const fn with_busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// With `PRAGMA name = value` on each connection. A name that SQLite does not know, and a journal
    /// mode that the database does not take, are errors of connecting; SQLite itself ignores both.
    #[must_use]
    pub fn with_pragma(
        mut self,
        name: impl Into<String>,
        value: impl ToSql + Send + Sync + 'static,
    ) -> Self {
        self.setup.pragma(name.into(), value);
        self
    }

    /// With `setup` done to each connection: functions, collations, attached databases. Its error is
    /// one of connecting.
    #[must_use]
    pub fn with_setup(
        mut self,
        setup: impl Fn(&mut Connection) -> rusqlite::Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.setup.call(setup);
        self
    }

    /// A connection to the database, as yet without the setup.
    fn open(&self) -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(&self.path, self.flags)?;
        connection.busy_timeout(self.busy_timeout)?;
        connection.query_row("PRAGMA schema_version", (), |_| Ok(()))?;
        Ok(connection)
    }

    /// SQLite settles for reading where it may not write.
    fn may_do_as_told(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let is_to_write = self.flags.contains(OpenFlags::SQLITE_OPEN_READ_WRITE);
        Ok(!is_to_write || !connection.is_readonly("main")?)
    }
}

impl ManageBlocking for Sqlite {
    type Resource = SqliteConnection;
    type Error = SqliteError;

    fn create(&self) -> Result<SqliteConnection, SqliteError> {
        if let Some(anchor) = &self.anchor {
            anchor.hold(|| self.open()).map_err(SqliteError::new)?;
        }
        let mut connection = self.open().map_err(SqliteError::new)?;
        if !self.may_do_as_told(&connection).map_err(SqliteError::new)? {
            return Err(SqliteError::may_not_write());
        }
        self.setup.apply(&mut connection)?;
        Ok(SqliteConnection::new(connection))
    }

    fn check(&self, connection: &mut SqliteConnection) -> Result<(), SqliteError> {
        if connection.is_replaced() { Err(SqliteError::replaced()) } else { Ok(()) }
    }

    fn reset(&self, connection: &mut SqliteConnection) -> Result<(), SqliteError> {
        connection.execute_batch("ROLLBACK").map_err(SqliteError::new)
    }

    fn is_clean(&self, connection: &SqliteConnection) -> bool {
        connection.is_autocommit()
    }

    fn interrupt(&self, connection: &SqliteConnection) -> Option<Interrupt> {
        let handle = connection.get_interrupt_handle();
        Some(Box::new(move || handle.interrupt()))
    }

    fn blocks(&self, stage: Stage) -> bool {
        // A check looks at the directory alone.
        stage != Stage::Checking
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite")
            .field("path", &self.path)
            .field("flags", &self.flags)
            .field("busy_timeout", &self.busy_timeout)
            .field("setup", &self.setup)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_in_memory_goes_with_the_last_of_manager_and_connections() {
        let manager = Sqlite::memory();
        let name = manager.path.clone();
        let tables = || {
            let connection = Connection::open(&name).expect("whoever knows its name");
            let count = "SELECT count(*) FROM sqlite_schema";
            connection.query_row(count, (), |row| row.get::<_, i64>(0)).expect("a number")
        };
        let connection = manager.create().expect("it is in memory");
        connection.execute_batch("CREATE TABLE orders (id)").expect("it may");
        drop(connection);
        assert_eq!(tables(), 1, "there is the manager");
        let connection = manager.create().expect("it is in memory");
        drop(manager);
        assert_eq!(tables(), 1, "there is the connection");
        drop(connection);
        assert_eq!(tables(), 0, "it is another");
    }
}
