//! Real PostgreSQL and Redis servers for tests, started by the test itself on a free port and in a
//! temporary folder, and stopped when it ends, however it ends.
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
//! A server that is not installed is installed with `apt-get`, where that is there and the user may;
//! otherwise the test fails, and says by which command to install it. No test is ever skipped.
//!
//! Everything here panics with a sentence when it cannot do what it says: there is nobody to hand an
//! error to.

mod hurry;
mod install;
mod log;
mod port;
mod postgres;
mod process;
mod redis;
mod server;
mod template;
mod user;

pub use self::postgres::{Postgres, PostgresOptions};
pub use self::redis::{Redis, RedisOptions};
