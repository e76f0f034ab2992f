use std::sync::Arc;
use std::time::Duration;

use seawall_store::{Store, StoreError};
use seawall_store_postgres::{PostgresOptions, PostgresStore};

use super::options::without_login;
use super::reference;
use crate::build::settings;
use crate::config::{Diagnostic, Setting, Table};

settings! {
    URL: String = Setting::text(
        "url",
        "the server: postgres://USER:PASSWORD@HOST:PORT/DATABASE; `?sslmode=require` for TLS",
    )
    .secret()
    .required();
    USER: String = Setting::text("user", "user at the server, in place of that in `url`");
    PASSWORD: String =
        Setting::text("password", "password at the server, in place of that in `url`").secret();
    TIMEOUT: Duration =
        Setting::duration("timeout", "time for one request, connecting included").default("1s");
    CONNECTIONS: u32 =
        Setting::count("connections", "number of connections, each for a part of the keys")
            .max(1000)
            .unit("connections")
            .default("4");
    KEY_SECRET: String = reference::STORE_KEY_SECRET;
}

/// How PostgreSQL is reached.
#[derive(Clone, PartialEq)]
pub(crate) struct Options {
    url: String,
    user: Option<String>,
    password: Option<String>,
    timeout: Option<Duration>,
    connections: Option<u32>,
}

impl Options {
    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        let (url, user, password) = (table.get(&URL), table.get(&USER), table.get(&PASSWORD));
        let (timeout, connections) = (table.get(&TIMEOUT), table.get(&CONNECTIONS));
        Self { url: url?, user, password, timeout, connections }.checked(table)
    }

    pub(super) fn of_url(table: &Table<'_>, url: String) -> Option<Self> {
        let (user, password, timeout, connections) = (None, None, None, None);
        Self { url, user, password, timeout, connections }.checked(table)
    }

    fn checked(self, table: &Table<'_>) -> Option<Self> {
        if cfg!(not(feature = "store-tls")) && self.url.contains("sslmode=require") {
            let wrong = Diagnostic::new("TLS is not compiled in");
            table.reject(URL, wrong.expected("feature `store-tls` enabled, or another `sslmode`"));
            return None;
        }
        match self.options() {
            Ok(_) => Some(self),
            Err(error) => {
                let wrong = Diagnostic::new(error.problem().to_owned());
                let wrong = match self.url.starts_with("redis") {
                    true => wrong.expected("`backend = \"redis\"` for this URL"),
                    false => wrong,
                };
                table.reject(URL, wrong);
                None
            }
        }
    }

    fn options(&self) -> Result<PostgresOptions, StoreError> {
        let options = PostgresOptions::new(&self.url)?;
        let options = options.with_login(self.user.as_deref(), self.password.as_deref());
        let options = match self.timeout {
            Some(timeout) => options.with_timeout(timeout),
            None => options,
        };
        Ok(match self.connections.and_then(|count| usize::try_from(count).ok()) {
            Some(count) => options.with_connections(count),
            None => options,
        })
    }

    pub(super) fn connect(&self) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(PostgresStore::with_options(self.options()?)))
    }

    /// Returns true if both reach the same data.
    pub(super) fn is_same_place(&self, other: &Self) -> bool {
        without_login(&self.url) == without_login(&other.url)
    }
}
