use std::fmt;
use std::pin::pin;
use std::time::Duration;

use seawall_core::pool::Manage;
use seawall_core::{Clock, Deadline};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Handle;
use tokio_postgres::config::Host;
use tokio_postgres::tls::{MakeTlsConnect, NoTls, TlsConnect};
use tokio_postgres::{Client, Config, Connection, Error, Socket};

use self::statements::Statements;
use self::tls::Connector;
use self::traffic::SharedTraffic;
use crate::InvalidUrl;
use crate::runtime::{Runtime, within};
use crate::secret::Secret;

mod connection;
mod error;
mod reset;
mod statements;
mod tls;
mod traffic;
mod transaction;
mod unix;
mod url;

pub use self::connection::PostgresConnection;
pub use self::error::{PostgresError, PostgresErrorKind};
pub use self::reset::PostgresReset;

/// Connects to a PostgreSQL server, with [`tokio_postgres`].
///
/// | option | default | |
/// |---|---|---|
/// | `reset` | [`PostgresReset::Everything`] | what is undone when a connection is returned |
/// | `setup` | none | SQL for each new connection, and again after a reset of everything |
/// | `statement_cache` | 100 | prepared statements that each connection keeps |
/// | `runtime` | the caller's | the Tokio runtime that drives the connections |
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
pub struct Postgres<T = NoTls> {
    config: Config,
    tls: T,
    reset: PostgresReset,
    setup: String,
    statements: usize,
    runtime: Runtime,
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
            tls: NoTls,
            reset: PostgresReset::default(),
            setup: String::new(),
            statements: STATEMENTS,
            runtime: Runtime::default(),
            secret,
        }
    }

    /// Connects as the URL or the `key=value` pairs say, without TLS: see [`Config`].
    ///
    /// # Errors
    /// If the URL is not valid. The error does not repeat the URL.
    pub fn from_url(url: &str) -> Result<Self, InvalidUrl> {
        url::parse(url).map(Self::new)
    }
}

impl<T> Postgres<T> {
    /// Encrypts the connections with `tls`, as far as `sslmode` in the configuration requires.
    #[must_use]
    pub fn with_tls<N>(self, tls: N) -> Postgres<N> {
        let Self { config, reset, setup, statements, runtime, secret, .. } = self;
        Postgres { config, tls, reset, setup, statements, runtime, secret }
    }

    /// Sets what is undone when a connection is returned.
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
    /// [`PostgresConnection::prepare_cached`].
    #[must_use]
    pub const fn with_statement_cache(mut self, statements: usize) -> Self {
        self.statements = statements;
        self
    }

    /// Drives the connections on `runtime`, whichever thread connects, so that threads without a
    /// runtime can use the pool. The runtime needs I/O enabled, and time for a `connect_timeout`.
    #[must_use]
    pub fn with_runtime(mut self, runtime: Handle) -> Self {
        self.runtime = Runtime::named(runtime);
        self
    }
}

impl<T> Postgres<T> {
    fn driven<S, N>(
        &self,
        runtime: &Handle,
        connected: (Client, Connection<S, N>),
        traffic: SharedTraffic,
    ) -> PostgresConnection
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        N: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let statements = Statements::new(self.statements);
        PostgresConnection::driven_by(runtime, connected, traffic, statements, self.secret.clone())
    }

    /// `error` of `connection`, with what is behind it, as far as that is no secret.
    fn error(&self, connection: &PostgresConnection, error: Error) -> PostgresError {
        connection.explain(error).keeping(&self.secret)
    }
}

impl<T> Postgres<T>
where
    T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
    T::Stream: Send + 'static,
    T::TlsConnect: Send + 'static,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    async fn connect(&self, runtime: &Handle) -> Result<PostgresConnection, PostgresError> {
        let traffic = SharedTraffic::default();
        let sockets = unix::sockets(&self.config);
        let mut connection = if sockets.is_empty() {
            let connector = Connector::new(self.tls.clone(), &self.config, traffic.clone());
            let connected = tls::hand_over(&self.config).connect(connector).await;
            self.driven(runtime, connected?, traffic)
        } else {
            let (socket, connected) = unix::connect(&self.config, sockets, &traffic).await?;
            let mut connection = self.driven(runtime, connected, traffic);
            connection.socket = Some(socket);
            connection
        };
        if !self.setup.is_empty() {
            connection.batch_execute(&self.setup).await?;
            connection.clean_at = connection.traffic().last_work();
        }
        Ok(connection)
    }

    /// Has the server end the request that is under way, and waits for its answer.
    async fn interrupt(&self, connection: &PostgresConnection) -> Result<(), PostgresError> {
        let clock = Clock::system();
        let mut answered = pin!(connection.check_connection());
        let mut wait = Duration::from_millis(5);
        loop {
            within(connection.runtime(), self.request_cancel(connection)).await?;
            // A cancel request may overtake its query, and then has no effect.
            let until = Deadline::new(&clock, clock.now() + wait);
            if let Some(answered) = until.cut(answered.as_mut()).await {
                return answered.map_err(|error| connection.explain(error));
            }
            wait *= 2;
        }
    }

    /// Sends a cancel request, and waits until the server has acted on it.
    async fn request_cancel(&self, connection: &PostgresConnection) -> Result<(), PostgresError> {
        let token = connection.cancel_token();
        if let Some(socket) = &connection.socket {
            return unix::cancel(socket, token).await;
        }
        let unused = SharedTraffic::default();
        let connector = Connector::new(self.tls.clone(), &self.config, unused).lingering();
        Ok(token.cancel_query(connector).await?)
    }
}

impl<T> Manage for Postgres<T>
where
    T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
    T::Stream: Send + 'static,
    T::TlsConnect: Send + 'static,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    type Resource = PostgresConnection;
    type Error = PostgresError;

    async fn create(&self) -> Result<PostgresConnection, PostgresError> {
        let runtime = self.runtime.handle().ok_or(PostgresErrorKind::NoRuntime)?;
        // Boxed, since a pool's futures would carry its five kilobytes in each of their layers.
        let connected = within(&runtime, Box::pin(self.connect(&runtime))).await;
        connected.map_err(|error| error.keeping(&self.secret))
    }

    async fn check(&self, idle: &mut PostgresConnection) -> Result<(), PostgresError> {
        if self.reset == PostgresReset::Everything
            && idle.is_used_by(&idle.traffic())
            && !idle.is_closed()
        {
            // A reset follows, which is a check too.
            return Ok(());
        }
        let checked = idle.check_connection().await;
        checked.map_err(|error| self.error(idle, error))
    }

    async fn reset(&self, returned: &mut PostgresConnection) -> Result<(), PostgresError> {
        let traffic = returned.traffic();
        if !returned.is_used_by(&traffic) {
            return Ok(());
        }
        if traffic.is_busy() {
            let interrupted = Box::pin(self.interrupt(returned)).await;
            interrupted.map_err(|error| error.keeping(&self.secret))?;
        }
        let reset = self.reset.apply(returned, &self.setup).await;
        reset.map_err(|error| self.error(returned, error))
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

impl<T> fmt::Debug for Postgres<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<_> = self.config.get_hosts().iter().map(name).collect();
        f.debug_struct("Postgres")
            .field("hosts", &hosts)
            .field("ports", &self.config.get_ports())
            .field("user", &self.config.get_user())
            .field("dbname", &self.config.get_dbname())
            .field("reset", &self.reset)
            .finish_non_exhaustive()
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
