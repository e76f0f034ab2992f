use redis::{ErrorKind, ServerErrorKind};

use super::REDIS;
use crate::{ManagerError, ManagerErrorKind as Kind};

/// The crate hides the error of Tokio's that would tell.
const NO_RUNTIME: &str = "Tokio 1.x context was found, but it is being shutdown";

fn kind_of(error: &redis::RedisError) -> Kind {
    let says = |text: &str| error.detail().is_some_and(|detail| detail.contains(text));
    match error.kind() {
        ErrorKind::AuthenticationFailed => Kind::LoginRefused,
        ErrorKind::RESP3NotSupported => Kind::TooOld,
        ErrorKind::Server(ServerErrorKind::BusyLoading | ServerErrorKind::MasterDown) => {
            Kind::NotReady
        }
        ErrorKind::Server(ServerErrorKind::NoPerm) => Kind::NotAllowed,
        ErrorKind::Server(_) if says("max number of clients") => Kind::TooManyConnections,
        ErrorKind::Server(_) if says("unknown command") => Kind::TooOld,
        ErrorKind::Extension => match error.code() {
            Some("WRONGPASS" | "NOAUTH" | "DENIED") => Kind::LoginRefused,
            Some("BUSY") => Kind::NotReady,
            _ => Kind::Other,
        },
        #[cfg(feature = "redis-sentinel")]
        ErrorKind::MasterNameNotFoundBySentinel => Kind::NotReady,
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType => Kind::WrongProtocol,
        _ if error.to_string().contains(NO_RUNTIME) => Kind::NoRuntime,
        _ if error.is_timeout() => Kind::TimedOut,
        _ if error.is_connection_refusal() => Kind::Unreachable,
        _ if error.is_connection_dropped() => Kind::Ended,
        ErrorKind::Io => Kind::Unreachable,
        _ => Kind::Other,
    }
}

/// Returns `error`, of this `kind` if the server sent it and no other kind is known.
pub(super) fn or_kind(error: redis::RedisError, kind: Kind) -> ManagerError {
    let is_servers = matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension);
    match kind_of(&error) {
        Kind::Other if is_servers => ManagerError::because(REDIS, kind, error),
        known => ManagerError::because(REDIS, known, error),
    }
}

impl From<redis::RedisError> for ManagerError {
    fn from(error: redis::RedisError) -> Self {
        or_kind(error, Kind::Other)
    }
}
