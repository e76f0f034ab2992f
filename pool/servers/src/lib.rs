//! Runs real PostgreSQL and Redis servers for tests. A test starts them on a free port and in a
//! temporary folder; they stop when it ends, however it ends.
//!
//! ```no_run
//! use seawall_test_servers::Postgres;
//!
//! let mut server = Postgres::start();
//! println!("{}", server.url());
//! server.kill(); // as a crash would
//! server.restart(); // on the same port
//! ```
//!
//! A missing server is installed with `apt-get` if that exists and the user may use it; otherwise
//! the test fails and prints the command that installs it. No test is ever skipped.
//!
//! Every function panics with a message if it fails, since a test has no use for an error.

mod cluster;
mod hurry;
mod install;
mod log;
mod port;
mod postgres;
mod process;
mod redis;
mod resp;
mod sentinel;
mod server;
#[cfg(feature = "stores")]
pub mod stores;
mod template;
mod user;

pub use self::cluster::RedisCluster;
pub use self::postgres::{Postgres, PostgresOptions};
pub use self::redis::{Redis, RedisOptions};
pub use self::sentinel::Sentinel;
