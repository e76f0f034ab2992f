#![doc = include_str!("../README.md")]

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod runtime;
#[cfg(feature = "postgres")]
mod url;

#[cfg(feature = "postgres")]
pub use self::postgres::{
    Postgres, PostgresConnection, PostgresError, PostgresErrorKind, PostgresReset,
};
#[cfg(feature = "postgres")]
pub use self::url::InvalidUrl;
