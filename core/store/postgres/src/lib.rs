#![doc = include_str!("../README.md")]

mod connection;
mod error;
mod link;
mod options;
mod schema;
mod store;
#[cfg(feature = "tls")]
mod tls;

pub use self::options::PostgresOptions;
pub use self::store::PostgresStore;
