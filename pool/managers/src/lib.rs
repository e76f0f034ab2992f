#![doc = include_str!("../README.md")]

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod runtime;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "postgres")]
mod url;

#[cfg(feature = "postgres")]
pub use self::postgres::{
    Postgres, PostgresConnection, PostgresError, PostgresErrorKind, PostgresReset,
};
#[cfg(feature = "sqlite")]
pub use self::sqlite::{Sqlite, SqliteConnection, SqliteError, SqliteErrorKind};
#[cfg(feature = "postgres")]
pub use self::url::InvalidUrl;
