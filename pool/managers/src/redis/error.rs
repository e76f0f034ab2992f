use redis::{ErrorKind, ServerErrorKind};

use crate::error::error;
use crate::secret::Secret;

error! {
    /// Reports why a connection to Redis could not be made or is unusable. Its source is the driver's
    /// error, with the server's message; without one if that would show the password.
    RedisError, RedisErrorKind {
        /// The user or the password is wrong or missing. Retrying does not help.
        LoginRefused => "Redis refused the login",
        /// Connecting or resetting needs a command that it may not execute.
        NotAllowed => "the user may not do this in Redis",
        /// Retrying does not help.
        NoDatabase => "Redis has no such database",
        /// Use a URL without a database.
        InCluster => "the server is part of a Redis Cluster, which has only database 0",
        /// The server has its maximum number of clients.
        TooManyConnections => "Redis has too many clients",
        /// The server is loading its data, is running a script, or has lost its primary. Retrying
        /// later may help.
        NotReady => "Redis is not ready to serve",
        /// The server is older, or the commands are renamed.
        TooOld => "the server lacks HELLO or RESET, which Redis has had since version 6.2",
        /// The port is closed, there is no route, or the host name is unknown.
        Unreachable => "Redis could not be reached",
        /// The operating system's timeout passed.
        TimedOut => "Redis did not answer in time",
        /// The connection had been established.
        Ended => "the connection to Redis has ended",
        /// Later answers cannot be told apart any more.
        OutOfStep => "Redis sent an answer without a command",
        /// The address is most likely another service's.
        NotRedis => "the server does not speak Redis' protocol",
        /// See [`Redis::with_setup`](crate::Redis::with_setup).
        BadSetup => "Redis did not accept the setup of the connection",
        /// There is none where the pool connects, or it has shut down.
        NoRuntime => "there is no Tokio runtime to drive a connection to Redis; \
            connect on one, or pass one to `Redis::with_runtime`",
        /// The source has the reason.
        Other => "the connection to Redis failed",
    }
}

/// The crate hides the error of Tokio's that would tell.
const NO_RUNTIME: &str = "Tokio 1.x context was found, but it is being shutdown";

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
                Some("BUSY") => Self::NotReady,
                _ => Self::Other,
            },
            ErrorKind::Parse | ErrorKind::UnexpectedReturnType => Self::NotRedis,
            _ if error.to_string().contains(NO_RUNTIME) => Self::NoRuntime,
            _ if error.is_timeout() => Self::TimedOut,
            _ if error.is_connection_refusal() => Self::Unreachable,
            _ if error.is_connection_dropped() => Self::Ended,
            ErrorKind::Io => Self::Unreachable,
            _ => Self::Other,
        }
    }
}

impl RedisError {
    /// `error`, of this `kind` if the server sent it and no other kind is known.
    pub(super) fn or_kind(error: redis::RedisError, kind: RedisErrorKind) -> Self {
        let is_servers = matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension);
        match Self::from(error) {
            Self { kind: RedisErrorKind::Other, source } if is_servers => Self { kind, source },
            error => error,
        }
    }

    /// The same without its source if that would show `secret`.
    pub(super) fn keeping(mut self, secret: &Secret) -> Self {
        self.source = self.source.filter(|error| secret.is_kept_by(&**error));
        self
    }
}

impl From<redis::RedisError> for RedisError {
    fn from(error: redis::RedisError) -> Self {
        Self::because(RedisErrorKind::of(&error), error)
    }
}
