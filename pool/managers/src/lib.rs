#![doc = include_str!("../README.md")]

#[cfg(any(feature = "bb8", feature = "deadpool", feature = "r2d2"))]
mod adapted;
#[cfg(feature = "bb8")]
mod bb8;
#[cfg(feature = "deadpool")]
mod deadpool;
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
mod error;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "r2d2")]
mod r2d2;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod runtime;
#[cfg(any(
    feature = "bb8",
    feature = "deadpool",
    feature = "postgres",
    feature = "r2d2",
    feature = "redis"
))]
mod secret;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod url;

#[cfg(any(feature = "bb8", feature = "deadpool", feature = "r2d2"))]
pub use self::adapted::AdaptedError;
#[cfg(feature = "bb8")]
pub use self::bb8::FromBb8;
#[cfg(feature = "deadpool")]
pub use self::deadpool::{FromDeadpool, Recycled};
#[cfg(feature = "postgres")]
pub use self::postgres::{
    Postgres, PostgresConnection, PostgresError, PostgresErrorKind, PostgresReset,
};
#[cfg(feature = "r2d2")]
pub use self::r2d2::FromR2d2;
#[cfg(feature = "redis")]
pub use self::redis::{Redis, RedisConnection, RedisError, RedisErrorKind, RedisReset};
#[cfg(feature = "sqlite")]
pub use self::sqlite::{Sqlite, SqliteConnection, SqliteError, SqliteErrorKind};
#[cfg(any(feature = "postgres", feature = "redis"))]
pub use self::url::InvalidUrl;
