use std::fmt;

use seawall_core::pool::Manage;
use tokio::runtime::Handle;
use tokio_postgres::config::Host;
use tokio_postgres::tls::{MakeTlsConnect, NoTls, TlsConnect};
use tokio_postgres::{Config, Socket};

use crate::InvalidUrl;
use crate::runtime::{Runtime, within};

mod connection;
mod error;
mod reset;
mod url;

pub use self::connection::PostgresConnection;
pub use self::error::{PostgresError, PostgresErrorKind};
pub use self::reset::PostgresReset;

/// Connects to a PostgreSQL server, with [`tokio_postgres`].
///
/// | option | default | |
/// |---|---|---|
/// | `reset` | [`PostgresReset::Rollback`] | what is reset before a connection is lent again |
/// | `runtime` | the caller's | the Tokio runtime that drives the connections |
///
/// Before a connection is lent again, one round trip checks that the server is alive and another
/// one resets the session. Each connection is driven by a task that ends with the connection's
/// handle.
///
/// ```
/// # fn example() -> Result<(), seawall_pool_managers::InvalidUrl> {
/// use seawall_pool_managers::{Postgres, PostgresReset};
///
/// let manager = Postgres::from_url("postgres://app:secret@db.internal/orders")?
///     .with_reset(PostgresReset::Everything);
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
    runtime: Runtime,
}

impl Postgres {
    /// Connects as `config` says, without TLS.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let (reset, runtime) = (PostgresReset::default(), Runtime::default());
        Self { config, tls: NoTls, reset, runtime }
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
        let Self { config, reset, runtime, .. } = self;
        Postgres { config, tls, reset, runtime }
    }

    /// Sets what is reset before a connection is lent again.
    #[must_use]
    pub const fn with_reset(mut self, reset: PostgresReset) -> Self {
        self.reset = reset;
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

impl<T> Manage for Postgres<T>
where
    T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
    T::Stream: Send + 'static,
    T::TlsConnect: Send,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    type Resource = PostgresConnection;
    type Error = PostgresError;

    async fn create(&self) -> Result<PostgresConnection, PostgresError> {
        let runtime = self.runtime.handle().ok_or_else(PostgresError::no_runtime)?;
        let connect = self.config.connect(self.tls.clone());
        let (client, connection) = within(&runtime, connect).await.map_err(PostgresError::new)?;
        Ok(PostgresConnection::driven_by(&runtime, client, connection))
    }

    async fn check(&self, lent: &mut PostgresConnection) -> Result<(), PostgresError> {
        lent.check_connection().await.map_err(|error| lent.explain(error))
    }

    async fn reset(&self, lent: &mut PostgresConnection) -> Result<(), PostgresError> {
        self.reset.apply(lent).await.map_err(|error| lent.explain(error))
    }

    fn is_broken(&self, lent: &PostgresConnection) -> bool {
        lent.is_closed()
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
