use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::sentinel::Sentinel;
use redis::{ConnectionInfo, IntoConnectionInfo, ProtocolVersion, RedisConnectionInfo};
use seawall_store::{Place, StoreError, StoreErrorKind as Kind};
use tokio::sync::Mutex;

use crate::cluster::Cluster;
use crate::dial::{Dial, Sentinels, Timeouts};
use crate::error::store_error;
use crate::link::Link;
use crate::store::Servers;

/// Configures a [`RedisStore`](crate::RedisStore).
///
/// | option | default | |
/// |---|---|---|
/// | `timeout` | 500 ms | for one request, waiting for a connection included |
/// | `connect_timeout` | 2 s | for one attempt to connect, name lookup and login included |
/// | `login` | that of the first URL | the user and the password at the servers |
///
/// URLs begin with `redis://`, or with `rediss://` for TLS, which needs the feature `tls` and trusts the
/// system's certificates: `redis://user:password@host:6379/0`.
#[derive(Clone)]
pub struct RedisOptions {
    servers: Vec<ConnectionInfo>,
    kind: Deployment,
    timeouts: Timeouts,
    /// The login at the servers behind sentinels.
    login: Option<(Option<String>, String)>,
}

#[derive(Clone)]
enum Deployment {
    Single,
    Cluster,
    Sentinel(Sentinels),
}

impl RedisOptions {
    /// Uses the one server at `url`.
    ///
    /// # Errors
    /// If the URL is not valid. The error does not repeat the URL, since it may contain a password.
    pub fn new(url: &str) -> Result<Self, StoreError> {
        Self::of(Deployment::Single, [url])
    }

    /// Uses the cluster that the servers at `urls` are part of. The others are found through them. The login
    /// is that of the first URL.
    ///
    /// # Errors
    /// If there is no URL, or one is not valid.
    pub fn cluster<'a>(urls: impl IntoIterator<Item = &'a str>) -> Result<Self, StoreError> {
        Self::of(Deployment::Cluster, urls)
    }

    /// Uses the primary that the sentinels at `urls` know by `name`. The logins of the URLs are those at the
    /// sentinels; [`with_login`](Self::with_login) sets that at the primary. The number of the
    /// database and the use of TLS are those of the first URL.
    ///
    /// # Errors
    /// If there is no URL, or one is not valid.
    pub fn sentinel<'a>(
        name: &str,
        urls: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, StoreError> {
        let options = Self::of(Deployment::Single, urls)?;
        let urls = options.servers.iter().map(|server| {
            let login = server.redis_settings().clone().set_db(0).set_skip_set_lib_name();
            server.clone().set_redis_settings(login)
        });
        let place = options.place();
        let sentinel = Sentinel::build(urls.collect()).map_err(|e| store_error(&place, &e))?;
        let sentinel = Arc::new(Mutex::new(sentinel));
        let kind = Deployment::Sentinel(Sentinels { sentinel, name: name.into() });
        Ok(Self { kind, ..options })
    }

    /// Sets the user and the password at the servers. Without a user, it is that of the first URL; of servers
    /// behind sentinels, and of a URL without one, it is `default`.
    #[must_use]
    pub fn with_login(mut self, user: Option<&str>, password: &str) -> Self {
        self.login = Some((user.map(str::to_owned), password.to_owned()));
        self
    }

    /// Sets the time after which a request fails, waiting for a connection included.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.response = timeout;
        self
    }

    /// Sets the time after which an attempt to connect fails.
    #[must_use]
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.connect = timeout;
        self
    }

    fn of<'a>(
        kind: Deployment,
        urls: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, StoreError> {
        let unsuitable = |problem| StoreError::new(Kind::Unsuitable, "redis", problem);
        let servers: Result<Vec<_>, _> = urls.into_iter().map(parse).collect();
        let servers: Vec<_> = servers.map_err(unsuitable)?.into_iter().map(named).collect();
        if servers.is_empty() {
            return Err(unsuitable(format!("there is no URL; expected one like {EXAMPLE}")));
        }
        if matches!(kind, Deployment::Cluster)
            && servers.iter().any(|server| server.redis_settings().db() != 0)
        {
            return Err(unsuitable("a cluster has only database 0: leave it out".to_owned()));
        }
        let timeouts =
            Timeouts { response: Duration::from_millis(500), connect: Duration::from_secs(2) };
        Ok(Self { servers, kind, timeouts, login: None })
    }

    fn place(&self) -> Place {
        let name = |server: &ConnectionInfo| server.addr().to_string();
        let names: Vec<_> = self.servers.iter().map(name).collect();
        let names = names.join(", ");
        let name = match &self.kind {
            Deployment::Single => format!("redis at {names}"),
            Deployment::Cluster => format!("redis cluster at {names}"),
            Deployment::Sentinel(Sentinels { name, .. }) => {
                format!("redis primary `{name}` of sentinels at {names}")
            }
        };
        let passwords = self.servers.iter().filter_map(|server| server.redis_settings().password());
        let passwords = passwords.map(str::to_owned);
        Place::new(&name, passwords.chain(self.login.iter().map(|(_, p)| p.clone())).collect())
    }

    pub(crate) fn into_parts(self) -> (Place, Servers, Timeouts) {
        let (place, timeouts, server) = (self.place(), self.timeouts, self.server());
        let link = |sentinels| {
            let dial = Dial { server: server.clone(), sentinels };
            Servers::One(Link::new(dial, timeouts, place.clone()))
        };
        let servers = match self.kind {
            Deployment::Single => link(None),
            Deployment::Sentinel(sentinels) => link(Some(sentinels)),
            Deployment::Cluster => {
                let dial = Dial { server, sentinels: None };
                let cluster = Cluster::new(&self.servers, dial, timeouts, place.clone());
                Servers::Cluster(Box::new(cluster))
            }
        };
        (place, servers, timeouts)
    }

    /// Returns the first address, with the login at the servers.
    fn server(&self) -> ConnectionInfo {
        let first = &self.servers[0];
        let url = first.redis_settings();
        let (user, password) = match (&self.login, &self.kind) {
            (Some((user, password)), Deployment::Sentinel(_)) => {
                (user.as_deref(), Some(password.as_str()))
            }
            (Some((user, password)), _) => {
                (user.as_deref().or(url.username()), Some(password.as_str()))
            }
            (None, Deployment::Sentinel(_)) => (None, None),
            (None, _) => (url.username(), url.password()),
        };
        let mut login = RedisConnectionInfo::default()
            .set_protocol(ProtocolVersion::RESP3)
            .set_skip_set_lib_name()
            .set_db(url.db());
        if let Some(user) = user {
            login = login.set_username(user);
        }
        if let Some(password) = password {
            login = login.set_password(password);
        }
        first.clone().set_redis_settings(login)
    }
}

impl fmt::Debug for RedisOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisOptions")
            .field("place", &self.place())
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}

const EXAMPLE: &str = "redis://user:password@host:6379/0";

/// # Errors
/// A sentence without any part of the URL.
fn parse(url: &str) -> Result<ConnectionInfo, String> {
    let problem = if has_stray_at(url) {
        "write `@`, `/`, `?` and `#` in a user or password as `%40`, `%2F`, `%3F` and `%23`".into()
    } else {
        match url.into_connection_info() {
            Ok(info) => return Ok(info),
            Err(_) if cfg!(not(feature = "tls")) && url.starts_with("rediss://") => {
                "TLS needs the feature `tls` of the crate seawall-store-redis".to_owned()
            }
            // The crate's sentence is fixed; what may follow it is a piece of the URL.
            Err(error) => error.to_string().split(" - ").next().unwrap_or_default().to_owned(),
        }
    };
    Err(format!("not a URL of Redis: {problem}; expected one like {EXAMPLE}"))
}

/// Returns `server` with an empty password if it has a user alone, as one with `nopass` has: the client
/// would leave out the login, and be the user `default`.
fn named(server: ConnectionInfo) -> ConnectionInfo {
    let login = server.redis_settings();
    if login.username().is_none() || login.password().is_some() {
        return server;
    }
    let login = login.clone().set_password("");
    server.set_redis_settings(login)
}

/// Returns true if `url` has an `@` that does not end the login, so that part of a password would be
/// taken for a host, a port or a database.
fn has_stray_at(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return false };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    authority.matches('@').count() > 1 || rest.contains('@')
}
