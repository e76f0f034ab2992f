use std::sync::Arc;
use std::time::Duration;

use seawall_store::{Store, StoreError};
use seawall_store_redis::{RedisOptions, RedisStore};

use super::options::without_login;
use super::reference;
use crate::build::settings;
use crate::config::{Diagnostic, Setting, Table, Texts};

settings! {
    URL: Texts = Setting::texts(
        "url",
        "the server, or a list of servers: redis://USER:PASSWORD@HOST:PORT/DATABASE; rediss:// for TLS",
    )
    .secret()
    .required();
    USER: String =
        Setting::text("user", "user at the servers, in place of that in `url`; an ACL user");
    PASSWORD: String =
        Setting::text("password", "password at the servers, in place of that in `url`").secret();
    CLUSTER: bool = Setting::flag(
        "cluster",
        "true if the servers are of a cluster, whose others are found through them",
    );
    SENTINEL: String = Setting::text(
        "sentinel",
        "name of the primary, if the servers are sentinels; the logins in `url` are those at the sentinels",
    );
    TIMEOUT: Duration =
        Setting::duration("timeout", "time for one request, waiting for a connection included")
            .default("500ms");
    CONNECT_TIMEOUT: Duration = Setting::duration(
        "connect_timeout",
        "time for one attempt to connect, name lookup and login included",
    )
    .default("2s");
    KEY_SECRET: String = reference::STORE_KEY_SECRET;
}

/// How Redis is reached.
#[derive(Clone, PartialEq)]
pub(crate) struct Options {
    urls: Vec<String>,
    user: Option<String>,
    password: Option<String>,
    cluster: bool,
    sentinel: Option<String>,
    timeout: Option<Duration>,
    connect_timeout: Option<Duration>,
}

impl Options {
    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        let urls = table.get(&URL).map(|Texts(urls)| urls);
        let (user, password) = (table.get(&USER), table.get(&PASSWORD));
        let (cluster, sentinel) = (table.get(&CLUSTER).unwrap_or_default(), table.get(&SENTINEL));
        let (timeout, connect_timeout) = (table.get(&TIMEOUT), table.get(&CONNECT_TIMEOUT));
        if user.is_some() && password.is_none() && !table.is_set(PASSWORD) {
            let wrong = Diagnostic::new("it does nothing by itself");
            table.reject(USER, wrong.expected("`password` with it"));
        }
        if cluster && sentinel.is_some() {
            let wrong = Diagnostic::new("`cluster` is set as well");
            table.reject(SENTINEL, wrong.expected("one of the two"));
            return None;
        }
        let urls = urls?;
        if urls.len() > 1 && !cluster && sentinel.is_none() {
            let wrong = Diagnostic::new("there are several servers");
            let expected =
                "one, or `cluster = true`, or `sentinel = \"NAME\"` with the name of the primary";
            table.reject(URL, wrong.expected(expected));
            return None;
        }
        let options = Self { urls, user, password, cluster, sentinel, timeout, connect_timeout };
        options.checked(table)
    }

    pub(super) fn of_url(table: &Table<'_>, url: String) -> Option<Self> {
        let (user, password, sentinel) = (None, None, None);
        let (timeout, connect_timeout) = (None, None);
        let urls = vec![url];
        Self { urls, user, password, cluster: false, sentinel, timeout, connect_timeout }
            .checked(table)
    }

    fn checked(self, table: &Table<'_>) -> Option<Self> {
        if cfg!(not(feature = "store-tls"))
            && self.urls.iter().any(|url| url.starts_with("rediss://"))
        {
            let wrong = Diagnostic::new("TLS is not compiled in");
            table.reject(URL, wrong.expected("feature `store-tls` enabled, or redis://"));
            return None;
        }
        match self.options() {
            Ok(_) => Some(self),
            Err(error) => {
                let urls = &self.urls;
                let is_other = urls.iter().any(|url| url.starts_with("postgres"));
                let wrong = Diagnostic::new(error.problem().to_owned());
                let wrong = match is_other {
                    true => wrong.expected("`backend = \"postgres\"` for this URL"),
                    false => wrong,
                };
                table.reject(URL, wrong);
                None
            }
        }
    }

    fn options(&self) -> Result<RedisOptions, StoreError> {
        let urls = self.urls.iter().map(String::as_str);
        let options = match &self.sentinel {
            Some(name) => RedisOptions::sentinel(name, urls)?,
            None if self.cluster => RedisOptions::cluster(urls)?,
            None => RedisOptions::new(self.urls.first().map_or("", String::as_str))?,
        };
        let options = match &self.password {
            Some(password) => options.with_login(self.user.as_deref(), password),
            None => options,
        };
        let options = match self.timeout {
            Some(timeout) => options.with_timeout(timeout),
            None => options,
        };
        Ok(match self.connect_timeout {
            Some(timeout) => options.with_connect_timeout(timeout),
            None => options,
        })
    }

    pub(super) fn connect(&self) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(RedisStore::with_options(self.options()?)))
    }

    /// Returns true if both reach the same data.
    pub(super) fn is_same_place(&self, other: &Self) -> bool {
        self.urls
            .iter()
            .map(|url| without_login(url))
            .eq(other.urls.iter().map(|url| without_login(url)))
            && (self.cluster, &self.sentinel) == (other.cluster, &other.sentinel)
    }
}
