use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, ToSql};
use seawall_core::pool::{Interrupt, ManageBlocking, Stage};

use crate::{ManagerError, ManagerErrorKind};

mod baseline;
mod connection;
mod error;
mod setup;
mod transaction;

pub use self::connection::SqliteConnection;

const SQLITE: &str = "SQLite";

/// Opens connections to an SQLite database, with [`rusqlite`].
///
/// SQLite calls block their thread, so a pool uses this manager inside
/// [`Blocking`](seawall_core::pool::Blocking), whose [`run`](seawall_core::pool::Threaded::run) executes
/// work on a thread that may block. A use that is cut there is interrupted: the running statement ends, its locks are released, and the connection is
/// closed.
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
    setup: Vec<Arc<Setup>>,
    /// Of a database in memory: a connection that keeps it while no other is open.
    anchor: Option<Arc<Mutex<Option<Connection>>>>,
}

/// What is done to a connection once it is open.
type Setup = dyn Fn(&mut Connection) -> Result<(), ManagerError> + Send + Sync;

/// Less than the pool's default for connecting, so that what is locked is called so.
const BUSY_TIMEOUT: Duration = Duration::from_secs(3);

impl Sqlite {
    /// Connects to the database in the file `path`. The file is created if it does not exist; its
    /// directory is not. A path that begins with `file:` is a
    /// [URI](https://www.sqlite.org/uri.html).
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            flags: OpenFlags::default(),
            busy_timeout: BUSY_TIMEOUT,
            setup: Vec::new(),
            anchor: None,
        }
    }

    /// Connects to a database in memory that all connections of this manager and its clones share,
    /// and no others. Connections wait for each other's locks, as with a file. The database is
    /// empty at first, and exists until the last clone of the manager and the last connection are
    /// dropped, however many connections a pool closes meanwhile.
    ///
    /// With the name `:memory:`, each connection would have a database of its own instead.
    #[must_use]
    pub fn memory() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        // What begins with a slash is shared by the connections of a process. Unlike those of SQLite's
        // shared cache, they heed the busy timeout.
        let name = format!("file:/seawall-{number}?vfs=memdb");
        Self { anchor: Some(Arc::default()), ..Self::file(name) }
    }

    /// Writes nothing, and creates no file.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.flags.remove(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE);
        self.flags.insert(OpenFlags::SQLITE_OPEN_READ_ONLY);
        self
    }

    /// Sets the maximum time that a call waits for a lock, in whole milliseconds. It should be
    /// shorter than the pool's `connect_timeout`; otherwise a locked database is reported only as a
    /// connect that took too long. Default: 3 s.
    #[must_use]
    pub const fn with_busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// Executes `PRAGMA name = value` on each new connection. An unknown name, or a journal mode
    /// that the database does not accept, fails the connect; SQLite itself ignores both.
    #[must_use]
    pub fn with_pragma(
        mut self,
        name: impl Into<String>,
        value: impl ToSql + Send + Sync + 'static,
    ) -> Self {
        let name = name.into();
        self.setup.push(Arc::new(move |connection| setup::set(connection, &name, &value)));
        self
    }

    /// Runs `setup` on each new connection: functions, collations, attached databases. Its error
    /// fails the connect.
    #[must_use]
    pub fn with_setup(
        mut self,
        setup: impl Fn(&mut Connection) -> rusqlite::Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.setup.push(Arc::new(move |connection| Ok(setup(connection)?)));
        self
    }

    /// A connection to the database, as yet without the setup.
    fn open(&self) -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(&self.path, self.flags)?;
        connection.busy_timeout(self.busy_timeout)?;
        connection.query_row("PRAGMA schema_version", (), |_| Ok(()))?;
        Ok(connection)
    }

    /// Returns true unless only reading is asked for.
    const fn writes(&self) -> bool {
        self.flags.contains(OpenFlags::SQLITE_OPEN_READ_WRITE)
    }
}

impl ManageBlocking for Sqlite {
    type Resource = SqliteConnection;
    type Error = ManagerError;

    fn create(&self) -> Result<SqliteConnection, ManagerError> {
        if let Some(anchor) = &self.anchor {
            let mut held = anchor.lock().unwrap_or_else(PoisonError::into_inner);
            if held.is_none() {
                *held = Some(self.open()?);
            }
        }
        let mut connection = self.open()?;
        // SQLite settles for reading where it may not write.
        if self.writes() && connection.is_readonly("main")? {
            let advice = "if that is enough, use `Sqlite::read_only`";
            return Err(ManagerError::because(SQLITE, ManagerErrorKind::ReadOnly, advice));
        }
        self.setup.iter().try_for_each(|step| step(&mut connection))?;
        Ok(SqliteConnection::new(connection)?)
    }

    fn check(&self, connection: &mut SqliteConnection) -> Result<(), ManagerError> {
        if connection.is_replaced() {
            return Err(ManagerError::new(SQLITE, ManagerErrorKind::Replaced));
        }
        Ok(())
    }

    fn reset(&self, connection: &mut SqliteConnection) -> Result<(), ManagerError> {
        connection.restore()
    }

    fn is_clean(&self, connection: &SqliteConnection) -> bool {
        !connection.is_used.get()
    }

    fn interrupt(&self, connection: &SqliteConnection) -> Option<Interrupt> {
        let handle = connection.connection.get_interrupt_handle();
        Some(Box::new(move || handle.interrupt()))
    }

    fn blocks(&self, stage: Stage) -> bool {
        // A check looks at the directory alone.
        stage != Stage::Checking
    }
}

seawall_core::__debug! {
    impl Sqlite: self { path: self.path, flags: self.flags, busy_timeout: self.busy_timeout }
}
