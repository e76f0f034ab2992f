use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use rusqlite::{Error, ErrorCode};

/// Why a connection to SQLite could not be made, or is of no use any more. Its source is the driver's
/// own error, where there is one.
#[derive(Clone, Debug)]
pub struct SqliteError {
    kind: SqliteErrorKind,
    detail: Option<Arc<str>>,
    source: Option<Arc<Error>>,
}

/// What kind of trouble there is with SQLite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SqliteErrorKind {
    /// The file could not be opened or made: its directory is missing, it is a directory itself, it is
    /// not there and none is to be made, or it may not be read.
    CannotOpen,
    /// The file may only be read, and [`Sqlite::read_only`](crate::Sqlite::read_only) was not asked
    /// for; or it was, and the setup writes.
    ReadOnly,
    /// The file is no database of SQLite, or is encrypted.
    NotADatabase,
    /// The file is a database, and damaged.
    Damaged,
    /// Another connection kept a lock for as long as this one waits. Trying again later helps.
    Busy,
    /// The disk is full, or reading or writing it fails.
    Disk,
    /// Others find another file at the path, or none: it was replaced, moved or removed while it was
    /// open.
    Replaced,
    /// A pragma is unknown, or the database did not take it.
    BadPragma,
    /// Something else. [`SqliteError::source`](StdError::source) says what.
    Other,
}

impl SqliteErrorKind {
    /// <https://www.sqlite.org/rescode.html>
    fn of(error: &Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => Self::CannotOpen,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::NotADatabase) => Self::NotADatabase,
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged,
            Some(
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::FileLockingProtocolFailed,
            ) => Self::Busy,
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => Self::Disk,
            _ => Self::Other,
        }
    }
}

impl SqliteError {
    pub(super) fn new(error: Error) -> Self {
        let kind = SqliteErrorKind::of(&error);
        Self { kind, detail: None, source: Some(Arc::new(error)) }
    }

    pub(super) fn may_not_write() -> Self {
        let hint = "SQLite may only read the file; if that will do, say so by `Sqlite::read_only`";
        Self { kind: SqliteErrorKind::ReadOnly, detail: Some(hint.into()), source: None }
    }

    pub(super) const fn replaced() -> Self {
        Self { kind: SqliteErrorKind::Replaced, detail: None, source: None }
    }

    pub(super) fn unknown_pragma(name: &str) -> Self {
        Self::bad_pragma(format!("SQLite knows no pragma `{name}`"))
    }

    pub(super) fn other_journal_mode(wanted: &str, now: &str) -> Self {
        Self::bad_pragma(format!("SQLite keeps the journal mode `{now}`, not `{wanted}`"))
    }

    fn bad_pragma(detail: String) -> Self {
        let detail = Some(detail.into());
        Self { kind: SqliteErrorKind::BadPragma, detail, source: None }
    }

    /// What kind of trouble it is.
    #[must_use]
    pub const fn kind(&self) -> SqliteErrorKind {
        self.kind
    }
}

impl fmt::Display for SqliteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(detail) = &self.detail {
            return f.write_str(detail);
        }
        f.write_str(match self.kind {
            SqliteErrorKind::CannotOpen => "SQLite cannot open the file",
            SqliteErrorKind::ReadOnly => "SQLite may only read the file",
            SqliteErrorKind::NotADatabase => "the file is no database of SQLite",
            SqliteErrorKind::Damaged => "the database of SQLite is damaged",
            SqliteErrorKind::Busy => "the database of SQLite is locked by another connection",
            SqliteErrorKind::Disk => "SQLite cannot read or write the disk",
            SqliteErrorKind::Replaced => "the file of SQLite was replaced while it was open",
            SqliteErrorKind::BadPragma => "a pragma of SQLite was not taken",
            SqliteErrorKind::Other => "SQLite could not be used",
        })
    }
}

impl StdError for SqliteError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.source {
            Some(error) => Some(&**error),
            None => None,
        }
    }
}
