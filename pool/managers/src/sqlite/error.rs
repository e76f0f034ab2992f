use rusqlite::{Error, ErrorCode};

use crate::error::error;

error! {
    /// Reports why a connection to SQLite could not be made or is unusable, or why a transaction was
    /// not committed. Its source is the driver's error, or has the details.
    SqliteError, SqliteErrorKind {
        /// Its directory is missing, the path is a directory, the file does not exist and must not
        /// be created, or it is not readable.
        CannotOpen => "SQLite cannot open the file",
        /// If that is enough, use [`Sqlite::read_only`](crate::Sqlite::read_only), with a setup that
        /// does not write.
        ReadOnly => "SQLite can only read the file",
        /// Or it is encrypted.
        NotADatabase => "the file is not an SQLite database",
        /// Checking it with `PRAGMA integrity_check` shows where.
        Damaged => "the SQLite database is damaged",
        /// The lock was held for the whole `busy_timeout`. Retrying later may help.
        Busy => "the SQLite database is locked by another connection",
        /// The disk is full, or reading or writing failed.
        Disk => "SQLite cannot read or write the disk",
        /// Retrying later may help.
        NoMemory => "SQLite has not enough memory",
        /// The use was cut.
        Interrupted => "a statement of SQLite was interrupted",
        /// Deferred constraints are checked by `COMMIT`.
        Constraint => "the transaction violates a constraint",
        /// SQLite rolled it back after an error, or the operation ended it itself.
        NoTransaction => "the transaction had already ended, so none was committed",
        /// Or moved, or removed. Another connection is opened.
        Replaced => "the SQLite file was replaced while it was open",
        /// A borrower undid what a reset cannot do again.
        NotReset => "what the setup of the connection made is gone",
        /// It is unknown, or the database did not accept its value: see the source.
        BadPragma => "SQLite did not accept a pragma",
        /// The source has the reason.
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
    pub(super) fn unknown_pragma(name: &str) -> Self {
        Self::because(SqliteErrorKind::BadPragma, format!("SQLite has no pragma `{name}`"))
    }

    pub(super) fn other_journal_mode(wanted: &str, now: &str) -> Self {
        let problem = format!("SQLite kept the journal mode `{now}` instead of `{wanted}`");
        Self::because(SqliteErrorKind::BadPragma, problem)
    }
}

impl From<Error> for SqliteError {
    fn from(mut error: Error) -> Self {
        // A statement of the setup may contain a key.
        if let Error::SqlInputError { msg, sql, .. } = &mut error {
            "a statement cannot be parsed".clone_into(msg);
            sql.clear();
        }
        Self::because(SqliteErrorKind::of(&error), error)
    }
}
