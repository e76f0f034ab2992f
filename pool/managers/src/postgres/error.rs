use std::error::Error as _;
use std::io;
use std::sync::Arc;

use tokio::runtime::is_rt_shutdown_err;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::tls::NotNegotiated;
use crate::error::error;
use crate::secret::Secret;

error! {
    /// Reports why a connection to PostgreSQL could not be made or is unusable, or why a transaction
    /// was not committed. Its source is the driver's error, whose own source is the message of the
    /// server or the operating system; without one if that would show the password.
    PostgresError, PostgresErrorKind {
        /// The password is wrong, the user does not exist, or `pg_hba.conf` does not allow this
        /// host. Retrying does not help.
        LoginRefused => "PostgreSQL refused the login",
        /// It may not connect to this database, or not do what the setup does.
        NotAllowed => "the user may not do this in PostgreSQL",
        /// Retrying does not help.
        NoDatabase => "PostgreSQL has no such database",
        /// The server, the database or the user has its maximum number of connections.
        TooManyConnections => "PostgreSQL has no free connection",
        /// The server is starting up, shutting down, recovering, or out of memory or disk space.
        /// Retrying later may help.
        NotReady => "PostgreSQL is not accepting connections",
        /// `sslmode` requires TLS, but the server has none, this side has none (see
        /// [`Postgres::with_tls`](crate::Postgres::with_tls)), or one side rejects the other's
        /// certificate.
        NoTls => "the TLS handshake with PostgreSQL failed",
        /// The port is closed, there is no route, or the host name is unknown.
        Unreachable => "PostgreSQL could not be reached",
        /// The configuration's `connect_timeout` or the operating system's timeout passed.
        TimedOut => "PostgreSQL did not answer in time",
        /// The connection had been established.
        Ended => "the connection to PostgreSQL has ended",
        /// The address is most likely another service's.
        NotPostgres => "the server does not speak PostgreSQL's protocol",
        /// There is none where the pool connects, or it has shut down.
        NoRuntime => "there is no Tokio runtime to drive a connection to PostgreSQL; \
            connect on one, or pass one to `Postgres::with_runtime`",
        /// See [`Postgres::with_setup`](crate::Postgres::with_setup).
        BadSetup => "PostgreSQL does not accept the settings or the setup of the connection",
        /// Retrying the transaction from its start helps.
        Conflict => "the transaction conflicts with another one and was rolled back",
        /// Deferred constraints are checked by `COMMIT`.
        Constraint => "the transaction violates a constraint and was rolled back",
        /// The operation ignored the statement's error.
        StatementFailed => "a statement of the transaction had failed, so it was rolled back",
        /// What was committed or rolled back by the operation is not undone.
        NoTransaction => "the operation ended the transaction itself, so none was committed",
        /// The source has the reason.
        Other => "the connection to PostgreSQL failed",
    }
}

impl PostgresErrorKind {
    fn of(error: &Error) -> Self {
        let source = error.source();
        let says = |text: &str| source.is_some_and(|source| source.to_string() == text);
        let before_tls = source.and_then(|source| source.downcast_ref::<NotNegotiated>());
        let io = source.and_then(|source| source.downcast_ref::<io::Error>());
        // The driver tells most errors apart in its sentences alone.
        match (error.code(), error.to_string().as_str()) {
            (Some(code), _) => Self::of_code(code.code()),
            (None, _) if let Some(NotNegotiated(error)) = before_tls => Self::of_io(error),
            // Whatever is behind it: some handshakes end with an error of the system's.
            (_, "error performing TLS handshake") => Self::NoTls,
            (_, "connection closed") => Self::Ended,
            (_, "authentication error") => Self::LoginRefused,
            (_, "invalid configuration") if says("password missing") => Self::LoginRefused,
            (_, "invalid configuration") => Self::BadSetup,
            (_, "unexpected message from server" | "error parsing response from server") => {
                Self::NotPostgres
            }
            _ => io.map_or(Self::Other, Self::of_io),
        }
    }

    /// Codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>
    fn of_code(code: &str) -> Self {
        match (code.get(..2).unwrap_or_default(), code) {
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
            // The driver's, when an answer makes no sense to it, or ends in the middle.
            Io::InvalidData | Io::InvalidInput => Self::NotPostgres,
            Io::Other if error.to_string() == "bytes remaining on stream" => Self::NotPostgres,
            Io::Other => Self::Other,
            _ => Self::Unreachable,
        }
    }
}

impl PostgresError {
    /// The connection has ended, by this.
    pub(super) fn ended(error: Arc<Error>) -> Self {
        Self { kind: PostgresErrorKind::Ended, source: Some(error) }
    }

    /// The same without its source if that would show `secret`.
    pub(super) fn keeping(mut self, secret: &Secret) -> Self {
        self.source = self.source.filter(|error| secret.is_kept_by(&**error));
        self
    }

    /// Returns the server's error code, if the server sent one.
    #[must_use]
    pub fn code(&self) -> Option<&SqlState> {
        self.source.as_ref()?.downcast_ref::<Error>()?.code()
    }
}

impl From<Error> for PostgresError {
    fn from(error: Error) -> Self {
        Self::because(PostgresErrorKind::of(&error), error)
    }
}

impl From<io::Error> for PostgresError {
    fn from(error: io::Error) -> Self {
        Self::because(PostgresErrorKind::of_io(&error), error)
    }
}
