use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;

use tokio::runtime::is_rt_shutdown_err;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::tls::NotNegotiated;
use crate::kinds::kinds;
use crate::secret::Secret;

/// Reports why a connection to PostgreSQL could not be made or is unusable, or why a transaction was
/// not committed. Its source is the driver's error, whose own source is the message of the server or
/// the operating system; without one if that would show the password.
#[derive(Clone, Debug)]
pub struct PostgresError {
    kind: PostgresErrorKind,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

kinds! {
    /// Classifies a [`PostgresError`].
    PostgresErrorKind {
        /// The server refused the login: the password is wrong, the user does not exist, or
        /// `pg_hba.conf` does not allow this host. Retrying does not help.
        LoginRefused => "PostgreSQL refused the login",
        /// The user may not do this: connect to this database, or what the setup does. Retrying
        /// does not help.
        NotAllowed => "the user may not do this in PostgreSQL",
        /// The database does not exist.
        NoDatabase => "PostgreSQL has no such database",
        /// The server, the database or the user has reached its maximum number of connections.
        TooManyConnections => "PostgreSQL has no free connection",
        /// The server is starting up, shutting down, recovering, or out of memory or disk space.
        /// Retrying later may help.
        NotReady => "PostgreSQL is not accepting connections",
        /// `sslmode` requires TLS, but the handshake failed: the server has no TLS, this side has
        /// none (see [`Postgres::with_tls`](crate::Postgres::with_tls)), or one side rejects the
        /// other's certificate. Retrying seldom helps.
        NoTls => "the TLS handshake with PostgreSQL failed",
        /// No server could be reached: the port is closed, there is no route, or the host name is
        /// unknown.
        Unreachable => "PostgreSQL could not be reached",
        /// The configuration's `connect_timeout` or the operating system's timeout passed.
        TimedOut => "PostgreSQL did not answer in time",
        /// An established connection ended.
        Ended => "the connection to PostgreSQL has ended",
        /// What answers at this address does not speak PostgreSQL's protocol.
        NotPostgres => "the server does not speak PostgreSQL's protocol",
        /// There is no Tokio runtime to drive the connection, or it has shut down.
        NoRuntime => "there is no Tokio runtime to drive a connection to PostgreSQL; \
            connect on one, or pass one to `Postgres::with_runtime`",
        /// The server does not accept a setting, or a statement of the
        /// [setup](crate::Postgres::with_setup).
        BadSetup => "PostgreSQL does not accept the settings or the setup of the connection",
        /// The transaction was rolled back because it conflicts with another one. Retrying it from
        /// the start helps.
        Conflict => "the transaction conflicts with another one and was rolled back",
        /// The transaction was rolled back because its changes violate a deferred constraint.
        Constraint => "the transaction violates a constraint and was rolled back",
        /// The transaction was rolled back because a statement in it had failed.
        StatementFailed => "a statement of the transaction had failed, so it was rolled back",
        /// The operation ended the transaction itself, so there was none to commit.
        NoTransaction => "the operation ended the transaction itself, so none was committed",
        /// Any other error; see [`PostgresError::source`](StdError::source).
        Other => "the connection to PostgreSQL failed",
    }
}

impl PostgresErrorKind {
    fn of(error: &Error) -> Self {
        let source = error.source();
        let io = || source?.downcast_ref::<io::Error>();
        let says = |text: &str| source.is_some_and(|source| source.to_string() == text);
        let before_tls = || source?.downcast_ref::<NotNegotiated>();
        match error.code() {
            Some(code) => Self::of_code(code.code()),
            None if error.is_closed() => Self::Ended,
            None if let Some(NotNegotiated(error)) = before_tls() => Self::of_io(error),
            // The driver tells these apart in its sentences alone.
            None => match error.to_string().as_str() {
                // Whatever is behind it: some handshakes end with an error of the system's.
                "error performing TLS handshake" => Self::NoTls,
                "authentication error" => Self::LoginRefused,
                "invalid configuration" if says("password missing") => Self::LoginRefused,
                "invalid configuration" => Self::BadSetup,
                "unexpected message from server" | "error parsing response from server" => {
                    Self::NotPostgres
                }
                _ => io().map_or(Self::Other, Self::of_io),
            },
        }
    }

    /// Codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>
    fn of_code(code: &str) -> Self {
        match (&code[..2], code) {
            ("28", _) => Self::LoginRefused,
            (_, "42501") => Self::NotAllowed,
            ("3D", _) => Self::NoDatabase,
            (_, "53300") => Self::TooManyConnections,
            (_, "57P03" | "55000") | ("53", _) => Self::NotReady,
            ("57", code) if code != "57014" => Self::Ended,
            ("40", _) => Self::Conflict,
            ("23", _) => Self::Constraint,
            ("22" | "42", _) => Self::BadSetup,
            _ => Self::Other,
        }
    }

    fn of_io(error: &io::Error) -> Self {
        use io::ErrorKind as Io;
        match error.kind() {
            _ if is_rt_shutdown_err(error) => Self::NoRuntime,
            Io::TimedOut => Self::TimedOut,
            Io::BrokenPipe | Io::ConnectionAborted | Io::ConnectionReset | Io::UnexpectedEof => {
                Self::Ended
            }
            // The driver's, when an answer makes no sense to it.
            Io::InvalidData | Io::InvalidInput => Self::NotPostgres,
            // The driver's, when an answer ends in the middle.
            Io::Other if error.to_string() == "bytes remaining on stream" => Self::NotPostgres,
            Io::Other => Self::Other,
            _ => Self::Unreachable,
        }
    }
}

impl PostgresError {
    pub(super) fn new(error: Error) -> Self {
        Self { kind: PostgresErrorKind::of(&error), source: Some(Arc::new(error)) }
    }

    /// The connection has ended, by this.
    pub(super) fn ended(error: Arc<Error>) -> Self {
        Self { kind: PostgresErrorKind::Ended, source: Some(error) }
    }

    pub(super) fn io(error: io::Error) -> Self {
        Self { kind: PostgresErrorKind::of_io(&error), source: Some(Arc::new(error)) }
    }

    pub(super) fn bad_setup(problem: &'static str) -> Self {
        Self { kind: PostgresErrorKind::BadSetup, source: Some(Arc::from(Box::from(problem))) }
    }

    pub(super) const fn without_source(kind: PostgresErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// The same without its source if that would show `secret`.
    pub(super) fn keeping(mut self, secret: &Secret) -> Self {
        self.source = self.source.filter(|error| secret.is_kept_by(&**error));
        self
    }

    /// Returns the kind of the error.
    #[must_use]
    pub const fn kind(&self) -> PostgresErrorKind {
        self.kind
    }

    /// Returns the server's error code, if the server sent one.
    #[must_use]
    pub fn code(&self) -> Option<&SqlState> {
        self.source.as_ref()?.downcast_ref::<Error>()?.code()
    }
}

impl fmt::Display for PostgresError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.sentence())
    }
}

impl StdError for PostgresError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|error| &**error as _)
    }
}
