use std::error::Error as StdError;
use std::fmt;

use redis::{ErrorKind, ServerErrorKind};

/// Reports why a connection to Redis could not be made or is unusable. Its source is the driver's
/// error, with the server's message.
#[derive(Clone, Debug)]
pub struct RedisError {
    kind: RedisErrorKind,
    source: Option<redis::RedisError>,
}

/// Classifies a [`RedisError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RedisErrorKind {
    /// The server refused the login: the user or the password is wrong or missing. Retrying does
    /// not help.
    LoginRefused,
    /// The database does not exist.
    NoDatabase,
    /// The server has reached its maximum number of clients.
    TooManyConnections,
    /// The server is loading its data, is running a script, or has lost its primary. Retrying later
    /// may help.
    NotReady,
    /// The server is older than Redis 6.2.
    TooOld,
    /// No server could be reached: the port is closed, there is no route, or the host name is
    /// unknown.
    Unreachable,
    /// The operating system's timeout passed.
    TimedOut,
    /// An established connection ended.
    Ended,
    /// The server sent answers to no command, so the connection can no longer be used.
    OutOfStep,
    /// There is no Tokio runtime to drive the connection.
    NoRuntime,
    /// Any other error; see [`RedisError::source`](StdError::source).
    Other,
}

impl RedisErrorKind {
    fn of(error: &redis::RedisError) -> Self {
        let is_full = |detail: &str| detail.contains("max number of clients");
        match error.kind() {
            ErrorKind::AuthenticationFailed => Self::LoginRefused,
            ErrorKind::RESP3NotSupported => Self::TooOld,
            ErrorKind::Server(ServerErrorKind::BusyLoading | ServerErrorKind::MasterDown) => {
                Self::NotReady
            }
            ErrorKind::Server(_) if error.detail().is_some_and(is_full) => Self::TooManyConnections,
            ErrorKind::Extension => match error.code() {
                Some("WRONGPASS" | "NOAUTH" | "DENIED") => Self::LoginRefused,
                Some("BUSY") => Self::NotReady,
                _ => Self::Other,
            },
            _ if error.is_timeout() => Self::TimedOut,
            _ if error.is_connection_refusal() => Self::Unreachable,
            _ if error.is_connection_dropped() => Self::Ended,
            ErrorKind::Io => Self::Unreachable,
            _ => Self::Other,
        }
    }
}

impl RedisError {
    pub(super) fn new(error: redis::RedisError) -> Self {
        Self { kind: RedisErrorKind::of(&error), source: Some(error) }
    }

    /// What a login ended with: whatever else the server says to that, it has refused it.
    pub(super) fn at_login(error: redis::RedisError) -> Self {
        Self::if_said(error, RedisErrorKind::LoginRefused)
    }

    /// What choosing a database ended with.
    pub(super) fn at_select(error: redis::RedisError) -> Self {
        Self::if_said(error, RedisErrorKind::NoDatabase)
    }

    /// What `RESET` ended with.
    pub(super) fn at_reset(error: redis::RedisError) -> Self {
        Self::if_said(error, RedisErrorKind::TooOld)
    }

    /// `error`, of this `kind` if a server said it and no other kind is known.
    fn if_said(error: redis::RedisError, kind: RedisErrorKind) -> Self {
        let is_said = matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension);
        match Self::new(error) {
            Self { kind: RedisErrorKind::Other, source } if is_said => Self { kind, source },
            error => error,
        }
    }

    pub(super) const fn out_of_step() -> Self {
        Self { kind: RedisErrorKind::OutOfStep, source: None }
    }

    pub(super) const fn no_runtime() -> Self {
        Self { kind: RedisErrorKind::NoRuntime, source: None }
    }

    /// Returns the kind of the error.
    #[must_use]
    pub const fn kind(&self) -> RedisErrorKind {
        self.kind
    }
}

impl fmt::Display for RedisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            RedisErrorKind::LoginRefused => "Redis refused the login",
            RedisErrorKind::NoDatabase => "Redis has no such database",
            RedisErrorKind::TooManyConnections => "Redis has too many clients",
            RedisErrorKind::NotReady => "Redis is not ready to serve",
            RedisErrorKind::TooOld => "the server is older than Redis 6.2",
            RedisErrorKind::Unreachable => "Redis could not be reached",
            RedisErrorKind::TimedOut => "Redis did not answer in time",
            RedisErrorKind::Ended => "the connection to Redis has ended",
            RedisErrorKind::OutOfStep => "Redis sent an answer without a command",
            RedisErrorKind::NoRuntime => {
                "there is no Tokio runtime to drive a connection to Redis; \
                 connect on one, or pass one to `Redis::with_runtime`"
            }
            RedisErrorKind::Other => "the connection to Redis failed",
        })
    }
}

impl StdError for RedisError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|error| error as _)
    }
}
