#![doc = include_str!("../README.md")]

mod cluster;
mod code;
mod contact;
mod dial;
mod epochs;
mod error;
mod link;
mod options;
mod slot;
mod store;

pub use self::options::RedisOptions;
pub use self::store::RedisStore;
