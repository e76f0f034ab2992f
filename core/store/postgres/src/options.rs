use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use seawall_store::{Place, StoreError, StoreErrorKind as Kind};
use tokio_postgres::config::Host;
#[cfg(feature = "tls")]
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Client, Config, Error, NoTls, Socket};

/// Configures a [`PostgresStore`](crate::PostgresStore).
///
/// | option | default | |
/// |---|---|---|
/// | `timeout` | 1 s | for one request, connecting included; also the server's limit of a statement |
/// | `connections` | 4 | number of connections, each for a part of the keys |
/// | `tls` | none | a connector, as tokio-postgres takes it |
#[derive(Clone)]
pub struct PostgresOptions {
    config: Config,
    dial: Dial,
    pub(crate) timeout: Duration,
    pub(crate) connections: usize,
}

/// How to connect.
#[derive(Clone)]
struct Dial(Arc<dyn Fn(Config) -> Connecting + Send + Sync>);

pub(crate) type Connecting = Pin<Box<dyn Future<Output = Result<Client, Error>> + Send>>;

impl Dial {
    fn new<T>(tls: T) -> Self
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send,
        T::TlsConnect: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        Self(Arc::new(move |config: Config| {
            let tls = tls.clone();
            Box::pin(async move {
                let (client, driver) = config.connect(tls).await?;
                tokio::spawn(driver);
                Ok(client)
            })
        }))
    }

    /// Connects without a connector of the application's: by TLS where the URL requires it.
    fn by_url() -> Self {
        let plain = Self::new(NoTls);
        #[cfg(feature = "tls")]
        let plain = {
            let encrypted = Self::new(crate::tls::Tls::default());
            Self(Arc::new(move |config: Config| match config.get_ssl_mode() {
                SslMode::Require => (encrypted.0)(config),
                _ => (plain.0)(config),
            }))
        };
        plain
    }
}

impl PostgresOptions {
    /// Uses the server at `url`, such as `postgres://user:password@host:5432/database`, or the one that
    /// `key=value` pairs name, see [`Config`].
    ///
    /// # Errors
    /// If the URL is not valid. The error does not repeat the URL, since it may contain a password.
    pub fn new(url: &str) -> Result<Self, StoreError> {
        let unsuitable = |_| {
            let problem = "not a URL of PostgreSQL; expected one like \
                postgres://user:password@host:5432/database, with `@`, `/`, `?` and `#` in a \
                user or password as `%40`, `%2F`, `%3F` and `%23`";
            StoreError::new(Kind::Unsuitable, "postgresql", problem)
        };
        url.parse().map(Self::from_config).map_err(unsuitable)
    }

    /// Uses the server that `config` names.
    #[must_use]
    pub fn from_config(config: Config) -> Self {
        Self { config, dial: Dial::by_url(), timeout: Duration::from_secs(1), connections: 4 }
    }

    /// Sets the user and the password at the server, each in place of that in the URL if it is given.
    #[must_use]
    pub fn with_login(mut self, user: Option<&str>, password: Option<&str>) -> Self {
        if let Some(user) = user {
            self.config.user(user);
        }
        if let Some(password) = password {
            self.config.password(password);
        }
        self
    }

    /// Encrypts connections with `tls`. Whether that is required, the URL's `sslmode` says.
    ///
    /// Without it, and with the feature `tls`, connections are encrypted by rustls with the system's
    /// certificates if the URL says `sslmode=require`.
    #[must_use]
    pub fn with_tls<T>(mut self, tls: T) -> Self
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send,
        T::TlsConnect: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        self.dial = Dial::new(tls);
        self
    }

    /// Sets the time after which a request fails, connecting included.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the number of connections, at least one.
    #[must_use]
    pub fn with_connections(mut self, connections: usize) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// Returns what makes a connection.
    pub(crate) fn dial(&self) -> impl Fn() -> Connecting + Send + Sync + 'static {
        let (dial, config) = (self.dial.clone(), self.config.clone());
        move || (dial.0)(config.clone())
    }

    pub(crate) fn place(&self) -> Place {
        let ports = self.config.get_ports();
        let hosts = self.config.get_hosts().iter().enumerate().map(|(n, host)| {
            let port = ports.get(n).or(ports.first()).copied().unwrap_or(5432);
            match host {
                Host::Tcp(host) => format!("{host}:{port}"),
                #[cfg(unix)]
                Host::Unix(folder) => format!("{}:{port}", folder.display()),
            }
        });
        let hosts = hosts.collect::<Vec<_>>().join(", ");
        let name = match self.config.get_dbname() {
            Some(database) => format!("postgresql at {hosts}/{database}"),
            None => format!("postgresql at {hosts}"),
        };
        let password = self.config.get_password().map(String::from_utf8_lossy);
        Place::new(&name, password.into_iter().map(String::from).collect())
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("place", &self.place())
            .field("timeout", &self.timeout)
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}
