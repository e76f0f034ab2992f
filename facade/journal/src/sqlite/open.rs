use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::schema::{APPLICATION_ID, VERSION, migrate};

/// Why a file was not opened.
pub(super) enum NotOpened {
    /// It is not a whole journal of this version.
    Foreign(String),
    /// It cannot be used now.
    Unavailable(String),
}

impl From<rusqlite::Error> for NotOpened {
    fn from(error: rusqlite::Error) -> Self {
        if is_torn(&error) {
            return Self::Foreign(format!("it is torn: {error}"));
        }
        Self::Unavailable(error.to_string())
    }
}

impl From<io::Error> for NotOpened {
    fn from(error: io::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// Returns true if an error is about the content of the file, and so would come again and again: all
/// statements are right.
pub(super) fn is_torn(error: &rusqlite::Error) -> bool {
    use rusqlite::Error;
    let is_passing = |code| {
        use ErrorCode::{
            AuthorizationForStatementDenied, CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull,
            FileLockingProtocolFailed, NoLargeFileSupport, OperationInterrupted, OutOfMemory,
            PermissionDenied, ReadOnly, SystemIoFailure,
        };
        matches!(
            code,
            AuthorizationForStatementDenied
                | CannotOpen
                | DatabaseBusy
                | DatabaseLocked
                | DiskFull
                | FileLockingProtocolFailed
                | NoLargeFileSupport
                | OperationInterrupted
                | OutOfMemory
                | PermissionDenied
                | ReadOnly
                | SystemIoFailure
        )
    };
    match error.sqlite_error() {
        Some(error) => !is_passing(error.code),
        None => matches!(
            error,
            Error::InvalidColumnType(..)
                | Error::FromSqlConversionFailure(..)
                | Error::IntegralValueOutOfRange(..)
                | Error::Utf8Error(..)
        ),
    }
}

/// Opens the journal at `path`, or creates it. Its folder has to be [locked](super::lock).
pub(super) fn open(path: &Path) -> Result<Connection, NotOpened> {
    check_header(path)?;
    // Not as a URI: a path may begin with `file:`.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let mut connection =
        Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (application, version) {
        (0, 0) if tables == 0 => {
            connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        }
        (APPLICATION_ID, version) if version > VERSION => {
            let about =
                format!("a later version of the journal wrote it: {version}, not {VERSION}");
            return Err(NotOpened::Foreign(about));
        }
        (APPLICATION_ID, 1..) => check_content(&connection, version)?,
        _ => return Err(NotOpened::Foreign("it is a database of another program".to_owned())),
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    if version < VERSION {
        migrate(&mut connection, version)?;
    }
    Ok(connection)
}

/// Opens the journal at `path`, which is there and of this version.
pub(super) fn inspect(path: &Path) -> Result<Connection, NotOpened> {
    fs::metadata(path)?;
    check_header(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let foreign = |about: &str| Err(NotOpened::Foreign(about.to_owned()));
    match (number("application_id")?, number("user_version")?) {
        (APPLICATION_ID, VERSION) => (),
        (APPLICATION_ID, _) => return foreign("another version of the journal wrote it"),
        _ => return foreign("it is a database of another program"),
    }
    Ok(connection)
}

/// Checks that everything in the file is where it belongs.
fn check_content(connection: &Connection, version: i32) -> Result<(), NotOpened> {
    let check: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if check != "ok" {
        return Err(NotOpened::Foreign(format!("it is torn: {check}")));
    }
    let mut fresh = Connection::open_in_memory()?;
    migrate(&mut fresh, 0)?;
    let (found, own) = (tables(connection)?, tables(&fresh)?);
    // A person may have added more: views, an index, statistics.
    if version == VERSION && !own.iter().all(|table| found.contains(table)) {
        return Err(NotOpened::Foreign("its tables are not those of a journal".to_owned()));
    }
    // SQLite takes a number that is the last possible one for a full disk.
    let last = "SELECT max(seq) >= 1 << 62 FROM sqlite_sequence";
    match connection.query_row(last, [], |row| row.get(0))? {
        Some(true) => Err(NotOpened::Foreign("it is torn: no record has such a number".to_owned())),
        _ => Ok(()),
    }
}

/// Returns what declares each table, index and view.
fn tables(connection: &Connection) -> rusqlite::Result<Vec<(String, Option<String>)>> {
    let sql = "SELECT name, sql FROM sqlite_schema ORDER BY name";
    let mut statement = connection.prepare(sql)?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// Checks what SQLite does not: it takes a short foreign file for an empty database, and writes over it,
/// and it reads zeros in place of what was cut from the last page.
fn check_header(path: &Path) -> Result<(), NotOpened> {
    const MAGIC: &[u8; 16] = b"SQLite format 3\0";
    let foreign = |about: &str| Err(NotOpened::Foreign(about.to_owned()));
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let size = file.metadata()?.len();
    let mut header = Vec::new();
    file.take(MAGIC.len() as u64 + 4).read_to_end(&mut header)?;
    match header.strip_prefix(MAGIC) {
        _ if size == 0 => foreign("it is empty"),
        None => foreign("it is no file of SQLite"),
        // The size of a page, where 1 stands for 65,536, and what may write and read the file.
        Some(&[high, low, 1..=2, 1..=2]) => match u64::from(u16::from_be_bytes([high, low])) {
            1 if size.is_multiple_of(65_536) => Ok(()),
            page if page > 1 && size.is_multiple_of(page) => Ok(()),
            _ => foreign("it is torn: its last page is not whole"),
        },
        Some(&[_, _, _, _]) => foreign("it is torn: its header is not of this format"),
        Some(_) => foreign("it is torn: it ends in its header"),
    }
}

/// Renames the file at `path`, with those that SQLite keeps beside it, and returns its new path. Its folder
/// has to be [locked](super::lock).
pub(super) fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let with = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let free = (1..).map(|nth| format!(".set-aside-{nth}"));
    let aside = free.map(|suffix| with(&suffix)).find(|aside| !aside.exists());
    let aside = aside.unwrap_or_else(|| with(".set-aside"));
    // The file last: what is interrupted is done again, with the same name.
    for suffix in ["-wal", "-shm"] {
        let mut beside = aside.as_os_str().to_owned();
        beside.push(suffix);
        match fs::rename(with(suffix), beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => (),
        }
    }
    fs::rename(path, &aside)?;
    Ok(aside)
}
