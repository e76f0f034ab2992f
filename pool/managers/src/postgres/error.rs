use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// Reports why a connection to PostgreSQL could not be made or is unusable. Its source is the
/// driver's error, whose own source is the message of the server or the operating system.
#[derive(Clone, Debug)]
pub struct PostgresError {
    kind: PostgresErrorKind,
    source: Option<Arc<Error>>,
}

/// Classifies a [`PostgresError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PostgresErrorKind {
    /// The server refused the login: the password is wrong, the user does not exist, or
    /// `pg_hba.conf` does not allow this host. Retrying does not help.
    LoginRefused,
    /// The database does not exist.
    NoDatabase,
    /// The server, the database or the user has reached its maximum number of connections.
    TooManyConnections,
    /// The server is starting up, shutting down or recovering. Retrying later may help.
    NotReady,
    /// `sslmode` requires TLS, but the handshake failed: the server has no TLS, this side has none
    /// (see [`Postgres::with_tls`](crate::Postgres::with_tls)), or one side rejects the other's
    /// certificate. Retrying seldom helps.
    NoTls,
    /// No server could be reached: the port is closed, there is no route, or the host name is
    /// unknown.
    Unreachable,
    /// The configuration's `connect_timeout` or the operating system's timeout passed.
    TimedOut,
    /// An established connection ended.
    Ended,
    /// There is no Tokio runtime to drive the connection.
    NoRuntime,
    /// Any other error; see [`PostgresError::source`](StdError::source).
    Other,
}

impl PostgresErrorKind {
    fn of(error: &Error) -> Self {
        let cause = error.source();
        match error.code() {
            Some(code) => Self::of_code(code),
            None if error.is_closed() => Self::Ended,
            // Whatever is behind it: some handshakes end with an error of the system's.
            None if is_of_tls(error) => Self::NoTls,
            None => match cause.and_then(|cause| cause.downcast_ref::<io::Error>()) {
                Some(cause) => Self::of_io(cause),
                None => Self::Other,
            },
        }
    }

    /// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
    fn of_code(code: &SqlState) -> Self {
        const LOGIN: [&SqlState; 2] =
            [&SqlState::INVALID_PASSWORD, &SqlState::INVALID_AUTHORIZATION_SPECIFICATION];
        match code {
            code if LOGIN.contains(&code) => Self::LoginRefused,
            code if *code == SqlState::INVALID_CATALOG_NAME => Self::NoDatabase,
            code if *code == SqlState::TOO_MANY_CONNECTIONS => Self::TooManyConnections,
            code if *code == SqlState::CANNOT_CONNECT_NOW => Self::NotReady,
            // The rest of "operator intervention", save the end of a single query.
            code if *code == SqlState::QUERY_CANCELED => Self::Other,
            code if code.code().starts_with("57P") => Self::Ended,
            _ => Self::Other,
        }
    }

    fn of_io(error: &io::Error) -> Self {
        use io::ErrorKind as Io;
        match error.kind() {
            Io::TimedOut => Self::TimedOut,
            Io::BrokenPipe | Io::ConnectionAborted | Io::ConnectionReset | Io::UnexpectedEof => {
                Self::Ended
            }
            // The driver's, when an answer makes no sense to it.
            Io::InvalidData | Io::InvalidInput | Io::Other => Self::Other,
            _ => Self::Unreachable,
        }
    }
}

/// The driver says so in its sentence alone.
fn is_of_tls(error: &Error) -> bool {
    error.to_string().contains("TLS handshake")
}

impl PostgresError {
    pub(super) fn new(error: Error) -> Self {
        Self { kind: PostgresErrorKind::of(&error), source: Some(Arc::new(error)) }
    }

    /// The connection has ended, by this.
    pub(super) const fn ended(error: Arc<Error>) -> Self {
        Self { kind: PostgresErrorKind::Ended, source: Some(error) }
    }

    pub(super) const fn no_runtime() -> Self {
        Self { kind: PostgresErrorKind::NoRuntime, source: None }
    }

    /// Returns the kind of the error.
    #[must_use]
    pub const fn kind(&self) -> PostgresErrorKind {
        self.kind
    }

    /// Returns the server's error code, if the server sent one.
    #[must_use]
    pub fn code(&self) -> Option<&SqlState> {
        self.source.as_ref().and_then(|error| error.code())
    }
}

impl fmt::Display for PostgresError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            PostgresErrorKind::LoginRefused => "PostgreSQL refused the login",
            PostgresErrorKind::NoDatabase => "PostgreSQL has no such database",
            PostgresErrorKind::TooManyConnections => "PostgreSQL has no free connection",
            PostgresErrorKind::NotReady => "PostgreSQL is not accepting connections",
            PostgresErrorKind::NoTls => "the TLS handshake with PostgreSQL failed",
            PostgresErrorKind::Unreachable => "PostgreSQL could not be reached",
            PostgresErrorKind::TimedOut => "PostgreSQL did not answer in time",
            PostgresErrorKind::Ended => "the connection to PostgreSQL has ended",
            PostgresErrorKind::NoRuntime => {
                "there is no Tokio runtime to drive a connection to PostgreSQL; \
                 connect on one, or pass one to `Postgres::with_runtime`"
            }
            PostgresErrorKind::Other => "the connection to PostgreSQL failed",
        })
    }
}

impl StdError for PostgresError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.source {
            Some(error) => Some(&**error),
            None => None,
        }
    }
}
