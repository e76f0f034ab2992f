use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use rusqlite::{Error, ErrorCode};

use crate::kinds::kinds;

/// Reports why a connection to SQLite could not be made or is unusable, or why a transaction was not
/// committed. Its source is the driver's error, if there is one.
#[derive(Clone, Debug)]
pub struct SqliteError {
    kind: SqliteErrorKind,
    detail: Option<Arc<str>>,
    source: Option<Arc<Error>>,
}

kinds! {
    /// Classifies a [`SqliteError`].
    SqliteErrorKind {
        /// The file could not be opened or created: its directory is missing, the path is a
        /// directory, the file does not exist and must not be created, or it is not readable.
        CannotOpen => "SQLite cannot open the file",
        /// The file is read-only without [`Sqlite::read_only`](crate::Sqlite::read_only); or with
        /// it, and the setup writes.
        ReadOnly => "SQLite can only read the file",
        /// The file is not an SQLite database, or it is encrypted.
        NotADatabase => "the file is not an SQLite database",
        /// The database is damaged.
        Damaged => "the SQLite database is damaged",
        /// Another connection held a lock for the whole `busy_timeout`. Retrying later may help.
        Busy => "the SQLite database is locked by another connection",
        /// The disk is full, or reading or writing failed.
        Disk => "SQLite cannot read or write the disk",
        /// There is not enough memory.
        NoMemory => "SQLite has not enough memory",
        /// A statement was interrupted.
        Interrupted => "a statement of SQLite was interrupted",
        /// The transaction was not committed, since its changes violate a constraint.
        Constraint => "the transaction violates a constraint",
        /// There was no transaction to commit: SQLite rolled it back after an error, or the
        /// operation ended it itself.
        NoTransaction => "the transaction had already ended, so none was committed",
        /// The file at the path is no longer the opened one: it was replaced, moved or removed.
        Replaced => "the SQLite file was replaced while it was open",
        /// A borrower changed what the setup had made, which a reset cannot make again.
        NotReset => "what the setup of the connection made is gone",
        /// A pragma is unknown, or the database did not accept its value.
        BadPragma => "SQLite did not accept a pragma",
        /// Any other error; see [`SqliteError::source`](StdError::source).
        Other => "SQLite returned an error",
    }
}

impl SqliteErrorKind {
    /// Codes: <https://www.sqlite.org/rescode.html>
    fn of(error: &Error) -> Self {
        use ErrorCode as Code;
        let Some(code) = error.sqlite_error_code() else { return Self::Other };
        match code {
            Code::CannotOpen | Code::PermissionDenied => Self::CannotOpen,
            Code::ReadOnly => Self::ReadOnly,
            Code::NotADatabase => Self::NotADatabase,
            Code::DatabaseCorrupt => Self::Damaged,
            Code::DatabaseBusy | Code::DatabaseLocked | Code::FileLockingProtocolFailed => {
                Self::Busy
            }
            Code::DiskFull | Code::SystemIoFailure => Self::Disk,
            Code::OutOfMemory => Self::NoMemory,
            Code::OperationInterrupted => Self::Interrupted,
            Code::ConstraintViolation => Self::Constraint,
            _ => Self::Other,
        }
    }
}

impl SqliteError {
    pub(super) fn new(mut error: Error) -> Self {
        // A statement of the setup may contain a key.
        if let Error::SqlInputError { msg, sql, .. } = &mut error {
            "a statement cannot be parsed".clone_into(msg);
            sql.clear();
        }
        let kind = SqliteErrorKind::of(&error);
        Self { kind, detail: None, source: Some(Arc::new(error)) }
    }

    pub(super) const fn without_source(kind: SqliteErrorKind) -> Self {
        Self { kind, detail: None, source: None }
    }

    pub(super) fn may_not_write() -> Self {
        let hint = "SQLite can only read the file; if that is enough, use `Sqlite::read_only`";
        Self { detail: Some(hint.into()), ..Self::without_source(SqliteErrorKind::ReadOnly) }
    }

    pub(super) fn unknown_pragma(name: &str) -> Self {
        Self::bad_pragma(format!("SQLite has no pragma `{name}`"))
    }

    pub(super) fn other_journal_mode(wanted: &str, now: &str) -> Self {
        Self::bad_pragma(format!("SQLite kept the journal mode `{now}` instead of `{wanted}`"))
    }

    fn bad_pragma(detail: String) -> Self {
        let detail = Some(detail.into());
        Self { detail, ..Self::without_source(SqliteErrorKind::BadPragma) }
    }

    /// Returns the kind of the error.
    #[must_use]
    pub const fn kind(&self) -> SqliteErrorKind {
        self.kind
    }
}

impl From<Error> for SqliteError {
    fn from(error: Error) -> Self {
        Self::new(error)
    }
}

impl fmt::Display for SqliteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail.as_deref().unwrap_or(self.kind.sentence()))
    }
}

impl StdError for SqliteError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|error| &**error as _)
    }
}
