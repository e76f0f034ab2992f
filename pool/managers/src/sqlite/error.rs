use rusqlite::{Error, ErrorCode as Code};

use super::SQLITE;
use crate::{ManagerError, ManagerErrorKind as Kind};

/// Codes: <https://www.sqlite.org/rescode.html>
fn kind_of(error: &Error) -> Kind {
    let Some(code) = error.sqlite_error_code() else { return Kind::Other };
    match code {
        Code::CannotOpen | Code::PermissionDenied => Kind::CannotOpen,
        Code::ReadOnly => Kind::ReadOnly,
        Code::NotADatabase => Kind::NotADatabase,
        Code::DatabaseCorrupt => Kind::Damaged,
        Code::DatabaseBusy | Code::DatabaseLocked | Code::FileLockingProtocolFailed => Kind::Busy,
        Code::DiskFull | Code::SystemIoFailure => Kind::Disk,
        Code::OutOfMemory => Kind::NotReady,
        Code::OperationInterrupted => Kind::Interrupted,
        Code::ConstraintViolation => Kind::Constraint,
        _ => Kind::Other,
    }
}

/// Returns the error of a pragma that is unknown, or whose value the database did not accept.
pub(super) fn bad_pragma(problem: String) -> ManagerError {
    ManagerError::because(SQLITE, Kind::BadSetup, problem)
}

impl From<Error> for ManagerError {
    fn from(mut error: Error) -> Self {
        // A statement of the setup may contain a key.
        if let Error::SqlInputError { msg, sql, .. } = &mut error {
            "a statement cannot be parsed".clone_into(msg);
            sql.clear();
        }
        Self::because(SQLITE, kind_of(&error), error)
    }
}
