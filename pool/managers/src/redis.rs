use redis::{AsyncConnectionConfig, Client, Cmd, ConnectionInfo, IntoConnectionInfo};
use seawall_core::pool::Manage;
use tokio::runtime::Handle;
use tokio_util::context::TokioContext;

use crate::runtime::runtime;
use crate::secret::Secret;
use crate::{InvalidUrl, ManagerError, ManagerErrorKind};

mod connection;
mod error;
#[cfg(feature = "redis-sentinel")]
mod sentinels;
mod step;

pub use self::connection::RedisConnection;

const REDIS: &str = "Redis";

/// Connects to a Redis server, version 6.2 or later, or to Valkey, with the crate [`redis`].
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
    runtime: Option<Handle>,
    secret: Secret,
    #[cfg(feature = "redis-sentinel")]
    sentinels: Option<sentinels::Sentinels>,
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
        Self {
            info,
            reset: RedisReset::default(),
            setup: Vec::new(),
            runtime: None,
            secret,
            #[cfg(feature = "redis-sentinel")]
            sentinels: None,
        }
    }

    /// Connects as the URL says. `rediss://` needs one of the TLS features of the crate `redis`.
    ///
    /// # Errors
    /// If the URL is not valid. The error does not repeat the URL.
    pub fn from_url(url: &str) -> Result<Self, InvalidUrl> {
        let parse = |url: &str| {
            // The crate's sentence is fixed; what may follow it is a piece of the URL.
            let sentence = |error: redis::RedisError| error.to_string();
            let parsed = url.into_connection_info().map_err(sentence);
            parsed.map_err(|said| said.split(" - ").next().unwrap_or_default().to_owned())
        };
        crate::url::parse(url, REDIS, "redis://user:password@host:6379/0", parse).map(Self::new)
    }

    /// Sets what is undone when a connection is returned. Default: [`RedisReset::Everything`].
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
    /// runtime can use the pool. The runtime needs I/O enabled. Default: the runtime of the caller that
    /// connects.
    #[must_use]
    pub fn with_runtime(mut self, runtime: Handle) -> Self {
        self.runtime = Some(runtime);
        self
    }

    async fn connect(&self) -> Result<RedisConnection, ManagerError> {
        #[cfg(feature = "redis-sentinel")]
        let info = self.primary().await?;
        #[cfg(not(feature = "redis-sentinel"))]
        let info = self.info.clone();
        let client = Client::open(step::introduction(&info))?;
        let config = AsyncConnectionConfig::new();
        let config = config.set_connection_timeout(None).set_response_timeout(None);
        let connected = client.get_multiplexed_async_connection_with_config(&config).await;
        // Whatever else a server answers to a login, it has refused it.
        let refused = |error| error::or_kind(error, ManagerErrorKind::LoginRefused);
        let db = self.info.redis_settings().db();
        let mut connection = RedisConnection::new(connected.map_err(refused)?, db);
        let steps = self.steps().into_iter().chain(self.introduce()).collect();
        self.take(steps, &mut connection).await?;
        connection.used = false;
        Ok(connection)
    }

    /// Returns true if a reset is due, which is a check too.
    fn resets(&self, connection: &RedisConnection) -> bool {
        self.reset == RedisReset::Everything && connection.used
    }
}

impl Manage for Redis {
    type Resource = RedisConnection;
    type Error = ManagerError;

    async fn create(&self) -> Result<RedisConnection, ManagerError> {
        let runtime = runtime(self.runtime.as_ref(), REDIS)?;
        // Boxed, since a pool's futures would carry it in each of their layers.
        let connected = TokioContext::new(Box::pin(self.connect()), runtime).await;
        connected.map_err(|error| error.keeping(&self.secret))
    }

    async fn check(&self, idle: &mut RedisConnection) -> Result<(), ManagerError> {
        if self.resets(idle) {
            return Ok(());
        }
        let checked = self.take(self.role().into_iter().collect(), idle).await;
        idle.used = false;
        checked.map_err(|error| error.keeping(&self.secret))
    }

    async fn reset(&self, returned: &mut RedisConnection) -> Result<(), ManagerError> {
        if self.resets(returned) {
            let reset = self.take(self.steps(), returned).await;
            reset.map_err(|error| error.keeping(&self.secret))?;
        }
        returned.used = false;
        Ok(())
    }

    fn is_broken(&self, returned: &RedisConnection) -> bool {
        returned.is_broken()
    }
}

seawall_core::__debug! {
    impl Redis: self {
        addr: format_args!("{}", self.info.addr()),
        username: self.info.redis_settings().username(),
        db: self.info.redis_settings().db(),
        reset: self.reset,
    }
}
