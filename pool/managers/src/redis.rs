use std::fmt;

use redis::{AsyncConnectionConfig, Client, Cmd, ConnectionInfo, RedisConnectionInfo};
use seawall_core::pool::Manage;
use tokio::runtime::Handle;

use self::step::Purpose;
use crate::InvalidUrl;
use crate::runtime::{Runtime, within};
use crate::secret::Secret;

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
/// | `reset` | [`RedisReset::Everything`] | what is undone when a connection is returned |
/// | `setup` | none | commands for each new connection, and again after a reset of everything |
/// | `runtime` | the caller's | the Tokio runtime that drives the connections |
///
/// The crate's own timeouts are off: the pool's deadline limits connecting and checking, and the
/// caller's deadline limits commands.
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
    setup: Vec<Cmd>,
    runtime: Runtime,
    secret: Secret,
}

/// Selects what is undone when a connection to Redis is returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RedisReset {
    /// Undoes nothing: borrowers are trusted.
    Keep,
    /// Undoes everything that `RESET` does: an open `MULTI`, watched keys, subscriptions, tracking,
    /// the connection's name, the protocol, the user and the database. Then it logs in again. Takes
    /// one round trip, or none if the connection was not used.
    #[default]
    Everything,
}

impl Redis {
    /// Connects as `info` says, for example the result of [`redis::Client::get_connection_info`].
    #[must_use]
    pub fn new(info: ConnectionInfo) -> Self {
        let settings = info.redis_settings();
        let password = settings.password().map(str::as_bytes);
        let secret = Secret::new(password, &[settings.username()]);
        let (reset, setup, runtime) = (RedisReset::default(), Vec::new(), Runtime::default());
        Self { info, reset, setup, runtime, secret }
    }

    /// Connects as the URL says. `rediss://` needs one of the TLS features of the crate `redis`.
    ///
    /// # Errors
    /// If the URL is not valid. The error does not repeat the URL.
    pub fn from_url(url: &str) -> Result<Self, InvalidUrl> {
        url::parse(url).map(Self::new)
    }

    /// Sets what is undone when a connection is returned.
    #[must_use]
    pub const fn with_reset(mut self, reset: RedisReset) -> Self {
        self.reset = reset;
        self
    }

    /// Sends `command` on each new connection, and again after a reset of
    /// [everything](RedisReset::Everything), which may undo its effect. Its error fails the connect.
    #[must_use]
    pub fn with_setup(mut self, command: Cmd) -> Self {
        self.setup.push(command);
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
        let client = Client::open(step::introduction(&self.info))?;
        let config = AsyncConnectionConfig::new();
        let config = config.set_connection_timeout(None).set_response_timeout(None);
        let connected = client.get_multiplexed_async_connection_with_config(&config).await;
        // Whatever else a server answers to a login, it has refused it.
        let refused = |error| RedisError::or_kind(error, RedisErrorKind::LoginRefused);
        let mut connection =
            RedisConnection::new(connected.map_err(refused)?, self.settings().db());
        self.take_steps(Purpose::Connect, &mut connection).await?;
        connection.used = false;
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
        let runtime = self.runtime.handle().ok_or(RedisErrorKind::NoRuntime)?;
        // Boxed, since a pool's futures would carry it in each of their layers.
        let connected = within(&runtime, Box::pin(self.connect())).await;
        connected.map_err(|error| error.keeping(&self.secret))
    }

    async fn check(&self, idle: &mut RedisConnection) -> Result<(), RedisError> {
        if self.reset == RedisReset::Everything && idle.used {
            // A reset follows, which is a check too.
            return Ok(());
        }
        let checked = self.take_steps(Purpose::Check, idle).await;
        idle.used = false;
        checked.map_err(|error| error.keeping(&self.secret))
    }

    async fn reset(&self, returned: &mut RedisConnection) -> Result<(), RedisError> {
        if self.reset == RedisReset::Everything && returned.used {
            let reset = self.take_steps(Purpose::Reset, returned).await;
            reset.map_err(|error| error.keeping(&self.secret))?;
        }
        returned.used = false;
        Ok(())
    }

    fn is_broken(&self, returned: &RedisConnection) -> bool {
        returned.is_broken()
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
