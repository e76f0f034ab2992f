use std::fmt;

use redis::{AsyncConnectionConfig, Client, ConnectionInfo, RedisConnectionInfo};
use seawall_core::pool::Manage;
use tokio::runtime::Handle;

use self::step::Step;
use crate::InvalidUrl;
use crate::runtime::{Runtime, within};

mod connection;
mod error;
mod step;
mod url;

pub use self::connection::RedisConnection;
pub use self::error::{RedisError, RedisErrorKind};

/// Connects to a Redis server, version 6.2 or later, or to Valkey, with the crate [`redis`].
///
/// | option | default | |
/// |---|---|---|
/// | `reset` | [`RedisReset::Everything`] | what is reset before a connection is lent again |
/// | `runtime` | the caller's | the Tokio runtime that drives the connections |
///
/// Before a connection is lent again, one round trip checks that the server is alive and resets the
/// connection. The crate's own timeouts are off: the pool's deadline limits connecting and
/// checking, and the caller's deadline limits commands.
///
/// ```
/// # fn example() -> Result<(), seawall_pool_managers::InvalidUrl> {
/// use seawall_pool_managers::Redis;
///
/// let manager = Redis::from_url("redis://:secret@cache.internal/1")?;
/// assert!(!format!("{manager:?}").contains("secret"));
/// # Ok(())
/// # }
/// # example().unwrap();
/// ```
#[derive(Clone)]
pub struct Redis {
    info: ConnectionInfo,
    reset: RedisReset,
    runtime: Runtime,
}

/// Selects what is reset before a connection to Redis is lent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RedisReset {
    /// Resets nothing: borrowers are trusted.
    Keep,
    /// Resets everything that `RESET` does: an open `MULTI`, watched keys, subscriptions, tracking,
    /// the connection's name, the protocol, the user and the database. Then it logs in again.
    #[default]
    Everything,
}

impl Redis {
    /// Connects as `info` says, for example the result of [`redis::Client::get_connection_info`].
    #[must_use]
    pub fn new(info: ConnectionInfo) -> Self {
        Self { info, reset: RedisReset::default(), runtime: Runtime::default() }
    }

    /// Connects as the URL says. `rediss://` needs one of the TLS features of the crate `redis`.
    ///
    /// # Errors
    /// If the URL is not valid. The error does not repeat the URL.
    pub fn from_url(url: &str) -> Result<Self, InvalidUrl> {
        url::parse(url).map(Self::new)
    }

    /// Sets what is reset before a connection is lent again.
    #[must_use]
    pub const fn with_reset(mut self, reset: RedisReset) -> Self {
        self.reset = reset;
        self
    }

    /// Drives the connections on `runtime`, whichever thread connects, so that threads without a
    /// runtime can use the pool. The runtime needs I/O enabled.
    #[must_use]
    pub fn with_runtime(mut self, runtime: Handle) -> Self {
        self.runtime = Runtime::named(runtime);
        self
    }

    async fn connect(&self) -> Result<RedisConnection, RedisError> {
        let client = Client::open(step::introduction(&self.info)).map_err(RedisError::new)?;
        let patient = AsyncConnectionConfig::new();
        let patient = patient.set_connection_timeout(None).set_response_timeout(None);
        let connected = client.get_multiplexed_async_connection_with_config(&patient).await;
        let connection = connected.map_err(RedisError::at_login)?;
        let mut connection = RedisConnection::new(connection, self.settings().db());
        Step::take(Step::AFTER_INTRODUCTION, &mut connection, self.settings()).await?;
        Ok(connection)
    }

    fn settings(&self) -> &RedisConnectionInfo {
        self.info.redis_settings()
    }
}

impl Manage for Redis {
    type Resource = RedisConnection;
    type Error = RedisError;

    async fn create(&self) -> Result<RedisConnection, RedisError> {
        let runtime = self.runtime.handle().ok_or_else(RedisError::no_runtime)?;
        within(&runtime, self.connect()).await
    }

    async fn check(&self, lent: &mut RedisConnection) -> Result<(), RedisError> {
        match self.reset {
            RedisReset::Keep => Step::take(Step::CHECK, lent, self.settings()).await,
            // That asks for a sign of life too.
            RedisReset::Everything => Ok(()),
        }
    }

    async fn reset(&self, lent: &mut RedisConnection) -> Result<(), RedisError> {
        match self.reset {
            RedisReset::Keep => Ok(()),
            RedisReset::Everything => Step::take(Step::RESET, lent, self.settings()).await,
        }
    }

    fn is_broken(&self, lent: &RedisConnection) -> bool {
        lent.is_broken()
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("addr", &format_args!("{}", self.info.addr()))
            .field("username", &self.settings().username())
            .field("db", &self.settings().db())
            .field("reset", &self.reset)
            .finish_non_exhaustive()
    }
}
