#![doc = include_str!("../README.md")]

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod runtime;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod url;

#[cfg(feature = "postgres")]
pub use self::postgres::{
    Postgres, PostgresConnection, PostgresError, PostgresErrorKind, PostgresReset,
};
#[cfg(feature = "redis")]
pub use self::redis::{Redis, RedisConnection, RedisError, RedisErrorKind, RedisReset};
#[cfg(feature = "sqlite")]
pub use self::sqlite::{Sqlite, SqliteConnection, SqliteError, SqliteErrorKind};
#[cfg(any(feature = "postgres", feature = "redis"))]
pub use self::url::InvalidUrl;
