use std::pin::pin;
use std::time::Duration;

use seawall_core::pool::Manage;
use seawall_core::{Clock, Deadline};
use tokio::runtime::Handle;
use tokio_postgres::config::Host;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Config, Socket};
use tokio_util::context::TokioContext;

use self::stream::{Connector, Tls, hand_over};
use self::traffic::SharedTraffic;
use crate::runtime::runtime;
use crate::secret::Secret;
use crate::{InvalidUrl, ManagerError};

mod connection;
mod error;
mod reset;
mod stream;
mod traffic;
mod transaction;
#[cfg(unix)]
mod unix;

pub use self::connection::PostgresConnection;
pub use self::reset::PostgresReset;

const POSTGRES: &str = "PostgreSQL";

/// Connects to a PostgreSQL server, with [`tokio_postgres`].
///
/// A use that is cut is cancelled on the server. Each connection is driven by a task that ends with
/// the connection's handle.
///
/// ```
/// # fn example() -> Result<(), seawall_pool_managers::InvalidUrl> {
/// use seawall_pool_managers::{Postgres, PostgresReset};
///
/// let manager = Postgres::from_url("postgres://app:secret@db.internal/orders")?
///     .with_setup("SET statement_timeout = '5s'")
///     .with_reset(PostgresReset::Rollback);
/// assert!(!format!("{manager:?}").contains("secret"));
/// # Ok(())
/// # }
/// # example().unwrap();
/// ```
#[derive(Clone)]
pub struct Postgres {
    config: Config,
    tls: Tls,
    reset: PostgresReset,
    setup: String,
    statements: usize,
    runtime: Option<Handle>,
    secret: Secret,
}

const STATEMENTS: usize = 100;

impl Postgres {
    /// Connects as `config` says, without TLS.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let secret = Secret::new(config.get_password(), &[config.get_user(), config.get_dbname()]);
        Self {
            config,
            tls: Tls::default(),
            reset: PostgresReset::default(),
            setup: String::new(),
            statements: STATEMENTS,
            runtime: None,
            secret,
        }
    }

    /// Connects as the URL or the `key=value` pairs say, without TLS: see [`Config`].
    ///
    /// # Errors
    /// If the URL is not valid. The error does not repeat the URL.
    pub fn from_url(url: &str) -> Result<Self, InvalidUrl> {
        let parse = |url: &str| {
            let config = url.parse::<Config>().map_err(|error| {
                let cause = error.into_source().map(|cause| cause.to_string()).unwrap_or_default();
                // This names an option; anything else may be a piece of the password.
                let known = cause.strip_prefix("invalid value for option ");
                let named = known.map(|option| format!("the value of {option} is invalid"));
                named.unwrap_or_else(|| "an option is unknown or incomplete".to_owned())
            })?;
            let has_host = !config.get_hosts().is_empty() || !config.get_hostaddrs().is_empty();
            if has_host { Ok(config) } else { Err("the host is missing".to_owned()) }
        };
        let example = "postgres://user:password@host:5432/database";
        crate::url::parse(url, POSTGRES, example, parse).map(Self::new)
    }

    /// Encrypts the connections with `tls`, as far as `sslmode` in the configuration requires.
    #[must_use]
    pub fn with_tls<T>(mut self, tls: T) -> Self
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + 'static,
        T::TlsConnect: Send + 'static,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        self.tls = Tls::new(tls);
        self
    }

    /// Sets what is undone when a connection is returned. Default: [`PostgresReset::Everything`].
    #[must_use]
    pub const fn with_reset(mut self, reset: PostgresReset) -> Self {
        self.reset = reset;
        self
    }

    /// Executes `sql` on each new connection, and again after a reset of
    /// [everything](PostgresReset::Everything), which would undo its settings. So it must be
    /// repeatable. Its error fails the connect. Several statements are separated by semicolons.
    #[must_use]
    pub fn with_setup(mut self, sql: impl Into<String>) -> Self {
        self.setup = sql.into();
        self
    }

    /// Sets the number of statements that each connection keeps prepared for
    /// [`PostgresConnection::prepare_cached`]. Default: 100.
    #[must_use]
    pub const fn with_statement_cache(mut self, statements: usize) -> Self {
        self.statements = statements;
        self
    }

    /// Drives the connections on `runtime`, whichever thread connects, so that threads without a
    /// runtime can use the pool. The runtime needs I/O enabled, and time for a `connect_timeout`.
    /// Default: the runtime of the caller that connects.
    #[must_use]
    pub fn with_runtime(mut self, runtime: Handle) -> Self {
        self.runtime = Some(runtime);
        self
    }

    async fn connect(&self, runtime: Handle) -> Result<PostgresConnection, ManagerError> {
        let mut connection = self.reach(runtime).await?;
        if !self.setup.is_empty() {
            connection.execute_all(&self.setup).await?;
            connection.clean_at = connection.traffic().last_work;
        }
        Ok(connection)
    }

    /// Logs in to the first server that lets this client in.
    async fn reach(&self, runtime: Handle) -> Result<PostgresConnection, ManagerError> {
        let traffic = SharedTraffic::default();
        #[cfg(unix)]
        if let Some((socket, connected)) = unix::connect(&self.config, &traffic).await? {
            return Ok(self.drive(runtime, connected, traffic, Some(socket)));
        }
        let connector = Connector::new(&self.tls, &self.config, traffic.clone(), false);
        let connected = hand_over(&self.config).connect(connector).await?;
        Ok(self.drive(runtime, connected, traffic, None))
    }

    /// Has the server end the request that is under way, and waits for its answer.
    async fn interrupt(&self, connection: &PostgresConnection) -> Result<(), ManagerError> {
        let clock = Clock::system();
        let mut answered = pin!(connection.check_connection());
        let mut wait = Duration::from_millis(5);
        loop {
            let request = self.request_cancel(connection);
            let requested = TokioContext::new(request, connection.runtime().clone()).await;
            requested.map_err(|error| error.keeping(&self.secret))?;
            // A cancel request may overtake its query, and then has no effect.
            let until = Deadline::new(&clock, clock.now() + wait);
            if let Some(answered) = until.cut(answered.as_mut()).await {
                return answered.map_err(|error| connection.explain(error));
            }
            wait *= 2;
        }
    }

    /// Sends a cancel request, and waits until the server has acted on it.
    async fn request_cancel(&self, connection: &PostgresConnection) -> Result<(), ManagerError> {
        let token = connection.cancel_token();
        #[cfg(unix)]
        if let Some(socket) = &connection.socket {
            return unix::cancel(socket, token).await;
        }
        let connector = Connector::new(&self.tls, &self.config, SharedTraffic::default(), true);
        Ok(token.cancel_query(connector).await?)
    }
}

impl Manage for Postgres {
    type Resource = PostgresConnection;
    type Error = ManagerError;

    async fn create(&self) -> Result<PostgresConnection, ManagerError> {
        let runtime = runtime(self.runtime.as_ref(), POSTGRES)?;
        // Boxed, since a pool's futures would carry its five kilobytes in each of their layers.
        let connect = Box::pin(self.connect(runtime.clone()));
        let connected = TokioContext::new(connect, runtime).await;
        connected.map_err(|error| error.keeping(&self.secret))
    }

    async fn check(&self, idle: &mut PostgresConnection) -> Result<(), ManagerError> {
        if self.reset == PostgresReset::Everything
            && idle.is_used_by(&idle.traffic())
            && !idle.is_closed()
        {
            // A reset follows, which is a check too.
            return Ok(());
        }
        idle.check_connection().await.map_err(|error| idle.explain(error))
    }

    async fn reset(&self, returned: &mut PostgresConnection) -> Result<(), ManagerError> {
        let traffic = returned.traffic();
        if !returned.is_used_by(&traffic) {
            return Ok(());
        }
        if traffic.is_busy() {
            Box::pin(self.interrupt(returned)).await?;
        }
        self.reset.apply(returned, &self.setup).await
    }

    fn is_broken(&self, returned: &PostgresConnection) -> bool {
        returned.is_closed()
    }

    /// Asks the server to end what it is executing for the connection, and waits until it has.
    async fn cancel(&self, cut: PostgresConnection) {
        if !cut.is_closed() && cut.traffic().is_busy() {
            // Without an answer, closing the connection is all that is left.
            let _ = Box::pin(self.interrupt(&cut)).await;
        }
    }
}

seawall_core::__debug! {
    impl Postgres: self {
        hosts: self.config.get_hosts().iter().map(name).collect::<Vec<_>>(),
        ports: self.config.get_ports(),
        user: self.config.get_user(),
        dbname: self.config.get_dbname(),
        reset: self.reset,
    }
}

/// A host's name, without what comes to stand before it when a password has an `@` in it.
fn name(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.rsplit('@').next().unwrap_or_default().to_owned(),
        #[cfg(unix)]
        Host::Unix(path) => path.display().to_string(),
    }
}
