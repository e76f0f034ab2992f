use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use rusqlite::{Error, ErrorCode};

/// Reports why a connection to SQLite could not be made or is unusable. Its source is the driver's
/// error, if there is one.
#[derive(Clone, Debug)]
pub struct SqliteError {
    kind: SqliteErrorKind,
    detail: Option<Arc<str>>,
    source: Option<Arc<Error>>,
}

/// Classifies a [`SqliteError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SqliteErrorKind {
    /// The file could not be opened or created: its directory is missing, the path is a directory,
    /// the file does not exist and must not be created, or it is not readable.
    CannotOpen,
    /// The file is read-only without [`Sqlite::read_only`](crate::Sqlite::read_only); or with it,
    /// and the setup writes.
    ReadOnly,
    /// The file is not an SQLite database, or it is encrypted.
    NotADatabase,
    /// The database is damaged.
    Damaged,
    /// Another connection held a lock for the whole `busy_timeout`. Retrying later may help.
    Busy,
    /// The disk is full, or reading or writing failed.
    Disk,
    /// The file at the path is no longer the opened one: it was replaced, moved or removed.
    Replaced,
    /// A pragma is unknown, or the database did not accept its value.
    BadPragma,
    /// Any other error; see [`SqliteError::source`](StdError::source).
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
        let hint = "SQLite can only read the file; if that is enough, use `Sqlite::read_only`";
        Self { kind: SqliteErrorKind::ReadOnly, detail: Some(hint.into()), source: None }
    }

    pub(super) const fn replaced() -> Self {
        Self { kind: SqliteErrorKind::Replaced, detail: None, source: None }
    }

    pub(super) fn unknown_pragma(name: &str) -> Self {
        Self::bad_pragma(format!("SQLite has no pragma `{name}`"))
    }

    pub(super) fn other_journal_mode(wanted: &str, now: &str) -> Self {
        Self::bad_pragma(format!("SQLite kept the journal mode `{now}` instead of `{wanted}`"))
    }

    fn bad_pragma(detail: String) -> Self {
        let detail = Some(detail.into());
        Self { kind: SqliteErrorKind::BadPragma, detail, source: None }
    }

    /// Returns the kind of the error.
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
            SqliteErrorKind::ReadOnly => "SQLite can only read the file",
            SqliteErrorKind::NotADatabase => "the file is not an SQLite database",
            SqliteErrorKind::Damaged => "the SQLite database is damaged",
            SqliteErrorKind::Busy => "the SQLite database is locked by another connection",
            SqliteErrorKind::Disk => "SQLite cannot read or write the disk",
            SqliteErrorKind::Replaced => "the SQLite file was replaced while it was open",
            SqliteErrorKind::BadPragma => "SQLite did not accept a pragma",
            SqliteErrorKind::Other => "SQLite returned an error",
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
