use std::error::Error as StdError;
use std::fmt;

use redis::{ErrorKind, ServerErrorKind};

use crate::kinds::kinds;
use crate::secret::Secret;

/// Reports why a connection to Redis could not be made or is unusable. Its source is the driver's
/// error, with the server's message; without one if that would show the password.
#[derive(Clone, Debug)]
pub struct RedisError {
    kind: RedisErrorKind,
    source: Option<redis::RedisError>,
}

kinds! {
    /// Classifies a [`RedisError`].
    RedisErrorKind {
        /// The server refused the login: the user or the password is wrong or missing. Retrying
        /// does not help.
        LoginRefused => "Redis refused the login",
        /// The user may not execute a command that connecting or resetting needs. Retrying does not
        /// help.
        NotAllowed => "the user may not do this in Redis",
        /// The database does not exist.
        NoDatabase => "Redis has no such database",
        /// The server is part of a cluster, so it has database 0 only.
        InCluster => "the server is part of a Redis Cluster, which has only database 0",
        /// The server has reached its maximum number of clients.
        TooManyConnections => "Redis has too many clients",
        /// The server is loading its data, is running a script, or has lost its primary. Retrying
        /// later may help.
        NotReady => "Redis is not ready to serve",
        /// The server is older than Redis 6.2, or `HELLO` or `RESET` is renamed.
        TooOld => "the server lacks HELLO or RESET, which Redis has had since version 6.2",
        /// No server could be reached: the port is closed, there is no route, or the host name is
        /// unknown.
        Unreachable => "Redis could not be reached",
        /// The operating system's timeout passed.
        TimedOut => "Redis did not answer in time",
        /// An established connection ended.
        Ended => "the connection to Redis has ended",
        /// The server sent answers to no command, so the connection can no longer be used.
        OutOfStep => "Redis sent an answer without a command",
        /// What answers at this address does not speak Redis' protocol.
        NotRedis => "the server does not speak Redis' protocol",
        /// The server did not accept a command of the [setup](crate::Redis::with_setup).
        BadSetup => "Redis did not accept the setup of the connection",
        /// There is no Tokio runtime to drive the connection, or it has shut down.
        NoRuntime => "there is no Tokio runtime to drive a connection to Redis; \
            connect on one, or pass one to `Redis::with_runtime`",
        /// Any other error; see [`RedisError::source`](StdError::source).
        Other => "the connection to Redis failed",
    }
}

impl RedisErrorKind {
    fn of(error: &redis::RedisError) -> Self {
        let says = |text: &str| error.detail().is_some_and(|detail| detail.contains(text));
        match error.kind() {
            ErrorKind::AuthenticationFailed => Self::LoginRefused,
            ErrorKind::RESP3NotSupported => Self::TooOld,
            ErrorKind::Server(ServerErrorKind::BusyLoading | ServerErrorKind::MasterDown) => {
                Self::NotReady
            }
            ErrorKind::Server(ServerErrorKind::NoPerm) => Self::NotAllowed,
            ErrorKind::Server(_) if says("max number of clients") => Self::TooManyConnections,
            ErrorKind::Server(_) if says("unknown command") => Self::TooOld,
            ErrorKind::Server(_) if says("in cluster mode") => Self::InCluster,
            ErrorKind::Extension => match error.code() {
                Some("WRONGPASS" | "NOAUTH" | "DENIED") => Self::LoginRefused,
                Some("NOPERM") => Self::NotAllowed,
                Some("BUSY") => Self::NotReady,
                _ => Self::Other,
            },
            ErrorKind::Parse | ErrorKind::UnexpectedReturnType => Self::NotRedis,
            _ if needs_runtime(error) => Self::NoRuntime,
            _ if error.is_timeout() => Self::TimedOut,
            _ if error.is_connection_refusal() => Self::Unreachable,
            _ if error.is_connection_dropped() => Self::Ended,
            ErrorKind::Io => Self::Unreachable,
            _ => Self::Other,
        }
    }
}

/// The crate hides the error of Tokio's that would tell.
fn needs_runtime(error: &redis::RedisError) -> bool {
    error.to_string().contains("Tokio 1.x context was found, but it is being shutdown")
}

impl RedisError {
    pub(super) fn new(error: redis::RedisError) -> Self {
        Self { kind: RedisErrorKind::of(&error), source: Some(error) }
    }

    /// `error`, of this `kind` if the server sent it and no other kind is known.
    pub(super) fn or_kind(error: redis::RedisError, kind: RedisErrorKind) -> Self {
        let is_servers = matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension);
        match Self::new(error) {
            Self { kind: RedisErrorKind::Other, source } if is_servers => Self { kind, source },
            error => error,
        }
    }

    pub(super) const fn without_source(kind: RedisErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// The same without its source if that would show `secret`.
    pub(super) fn keeping(mut self, secret: &Secret) -> Self {
        self.source = self.source.filter(|error| secret.is_kept_by(error));
        self
    }

    /// Returns the kind of the error.
    #[must_use]
    pub const fn kind(&self) -> RedisErrorKind {
        self.kind
    }
}

impl fmt::Display for RedisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.sentence())
    }
}

impl StdError for RedisError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|error| error as _)
    }
}
