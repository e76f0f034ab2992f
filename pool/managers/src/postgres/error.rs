use std::error::Error as _;
use std::io;

use tokio::runtime::is_rt_shutdown_err;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::POSTGRES;
use super::stream::NotNegotiated;
use crate::{ManagerError, ManagerErrorKind as Kind};

fn kind_of(error: &Error) -> Kind {
    let source = error.source();
    let says = |text: &str| source.is_some_and(|source| source.to_string() == text);
    if let Some(code) = error.code() {
        return kind_of_code(code.code());
    }
    if let Some(NotNegotiated(error)) = source.and_then(|source| source.downcast_ref()) {
        return kind_of_io(error);
    }
    let io = source.and_then(|source| source.downcast_ref::<io::Error>());
    // The driver tells most errors apart in its sentences alone.
    match error.to_string().as_str() {
        // Whatever is behind it: some handshakes end with an error of the system's.
        "error performing TLS handshake" => Kind::NoTls,
        "connection closed" => Kind::Ended,
        "authentication error" => Kind::LoginRefused,
        "invalid configuration" if says("password missing") => Kind::LoginRefused,
        "invalid configuration" => Kind::BadSetup,
        "unexpected message from server" | "error parsing response from server" => {
            Kind::WrongProtocol
        }
        _ => io.map_or(Kind::Other, kind_of_io),
    }
}

/// Codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn kind_of_code(code: &str) -> Kind {
    match (code.get(..2).unwrap_or_default(), code) {
        ("28", _) => Kind::LoginRefused,
        (_, "42501") => Kind::NotAllowed,
        ("3D", _) => Kind::NoDatabase,
        (_, "53300") => Kind::TooManyConnections,
        (_, "57P03" | "55000") | ("53", _) => Kind::NotReady,
        ("57", code) if code != "57014" => Kind::Ended,
        ("40", _) => Kind::Conflict,
        ("23", _) => Kind::Constraint,
        ("22" | "42", _) => Kind::BadSetup,
        _ => Kind::Other,
    }
}

fn kind_of_io(error: &io::Error) -> Kind {
    use io::ErrorKind as Io;
    match error.kind() {
        _ if is_rt_shutdown_err(error) => Kind::NoRuntime,
        Io::TimedOut => Kind::TimedOut,
        Io::BrokenPipe | Io::ConnectionAborted | Io::ConnectionReset | Io::UnexpectedEof => {
            Kind::Ended
        }
        // The driver's, when an answer makes no sense to it, or ends in the middle.
        Io::InvalidData | Io::InvalidInput => Kind::WrongProtocol,
        Io::Other if error.to_string() == "bytes remaining on stream" => Kind::WrongProtocol,
        Io::Other => Kind::Other,
        _ => Kind::Unreachable,
    }
}

/// Returns `error` of a connection that the driver does not open itself.
#[cfg(unix)]
pub(super) fn of_io(error: io::Error) -> ManagerError {
    ManagerError::because(POSTGRES, kind_of_io(&error), error)
}

impl ManagerError {
    /// Returns the error code of PostgreSQL, if its server sent one.
    #[must_use]
    pub fn code(&self) -> Option<&SqlState> {
        self.driver::<Error>()?.code()
    }
}

impl From<Error> for ManagerError {
    fn from(error: Error) -> Self {
        Self::because(POSTGRES, kind_of(&error), error)
    }
}
