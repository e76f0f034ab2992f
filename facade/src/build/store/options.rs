use std::borrow::Cow;
use std::sync::Arc;

use seawall_store::{Store, StoreError};

use super::backends::choose;
use crate::config::{SettingDef, Table};

/// How a store is reached. Equal options share a connection.
#[derive(Clone, PartialEq)]
pub(crate) enum StoreOptions {
    #[cfg(feature = "store-redis")]
    Redis(super::redis::Options),
    #[cfg(feature = "store-postgres")]
    Postgres(super::postgres::Options),
}

impl StoreOptions {
    /// Reads the table of a store; `None` if there is a problem, which is reported.
    pub(crate) fn read(table: &Table<'_>) -> Option<Self> {
        match choose(table)?.name {
            #[cfg(feature = "store-redis")]
            "redis" => super::redis::Options::read(table).map(Self::Redis),
            #[cfg(feature = "store-postgres")]
            "postgres" => super::postgres::Options::read(table).map(Self::Postgres),
            _ => None,
        }
    }

    /// Returns the options of a store of the kind `backend` at `url`, which a component's table has.
    pub(super) fn of_url(backend: &str, table: &Table<'_>, url: String) -> Option<Self> {
        match backend {
            #[cfg(feature = "store-redis")]
            "redis" => super::redis::Options::of_url(table, url).map(Self::Redis),
            #[cfg(feature = "store-postgres")]
            "postgres" => super::postgres::Options::of_url(table, url).map(Self::Postgres),
            _ => None,
        }
    }

    /// Returns the name of the kind in settings.
    pub(crate) const fn backend(&self) -> &'static str {
        match self {
            #[cfg(feature = "store-redis")]
            Self::Redis(_) => "redis",
            #[cfg(feature = "store-postgres")]
            Self::Postgres(_) => "postgres",
        }
    }

    /// Returns the settings of the kind.
    pub(crate) const fn settings(&self) -> &'static [SettingDef] {
        match self {
            #[cfg(feature = "store-redis")]
            Self::Redis(_) => super::redis::SETTINGS,
            #[cfg(feature = "store-postgres")]
            Self::Postgres(_) => super::postgres::SETTINGS,
        }
    }

    /// Returns true if both reach the same data, perhaps with another login or other times.
    pub(crate) fn is_same_place(&self, other: &Self) -> bool {
        match (self, other) {
            #[cfg(feature = "store-redis")]
            (Self::Redis(one), Self::Redis(other)) => one.is_same_place(other),
            #[cfg(feature = "store-postgres")]
            (Self::Postgres(one), Self::Postgres(other)) => one.is_same_place(other),
            #[cfg(all(feature = "store-redis", feature = "store-postgres"))]
            _ => false,
        }
    }

    /// Creates the store, which connects when it is used.
    pub(super) fn connect(&self) -> Result<Arc<dyn Store>, StoreError> {
        match self {
            #[cfg(feature = "store-redis")]
            Self::Redis(options) => options.connect(),
            #[cfg(feature = "store-postgres")]
            Self::Postgres(options) => options.connect(),
        }
    }
}

/// Returns `url` without its user and its password.
pub(super) fn without_login(url: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = url.split_once("://") else { return Cow::Borrowed(url) };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => Cow::Owned(format!("{scheme}://{}", &rest[at + 1..])),
        None => Cow::Borrowed(url),
    }
}
