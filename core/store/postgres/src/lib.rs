#![doc = include_str!("../README.md")]

mod connection;
mod error;
mod link;
mod options;
mod schema;
mod store;

pub use self::options::PostgresOptions;
pub use self::store::PostgresStore;
