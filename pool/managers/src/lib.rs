#![doc = include_str!("../README.md")]
// Each feature uses a part of what they share; all together use all of it.
#![cfg_attr(
    not(all(
        feature = "bb8",
        feature = "deadpool",
        feature = "postgres",
        feature = "redis",
        feature = "sqlite"
    )),
    allow(dead_code)
)]

#[cfg(any(feature = "bb8", feature = "deadpool", feature = "r2d2"))]
mod adapted;
mod error;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod runtime;
mod secret;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod url;

#[cfg(feature = "bb8")]
pub use self::adapted::FromBb8;
#[cfg(feature = "r2d2")]
pub use self::adapted::FromR2d2;
#[cfg(feature = "deadpool")]
pub use self::adapted::{FromDeadpool, Recycled};
pub use self::error::{ManagerError, ManagerErrorKind};
#[cfg(feature = "postgres")]
pub use self::postgres::{Postgres, PostgresConnection, PostgresReset};
#[cfg(feature = "redis")]
pub use self::redis::{Redis, RedisConnection, RedisReset};
#[cfg(feature = "sqlite")]
pub use self::sqlite::{Sqlite, SqliteConnection};
#[cfg(any(feature = "postgres", feature = "redis"))]
pub use self::url::InvalidUrl;
