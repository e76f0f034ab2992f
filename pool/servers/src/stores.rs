//! Stores over real servers, by the clock that a test turns.
//!
//! A server cannot be told the time, so the scripts get it as one more argument, and states expire by
//! the clock of the server only after a long time. All else is as in production. Answers are there at
//! once by the clock of the test: its thread waits for them.
//!
//! All tests of a process share one server of each kind, so they need keys of their own.

use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use seawall_core::Clock;
use seawall_store::{Contact, MemoryStore, Script, Store, StoreError, StoreKey};
use seawall_store_postgres::PostgresStore;
use seawall_store_redis::RedisStore;
use tokio::runtime::Runtime;

pub use self::background::Background;
use self::script::timed;
use crate::{Postgres, Redis};

mod background;
mod script;

/// Returns a new store in this process.
#[must_use]
pub fn memory(clock: Clock) -> Arc<dyn Store> {
    Arc::new(MemoryStore::new(clock))
}

/// Returns a store over Redis.
///
/// # Panics
/// If the server cannot be started.
#[must_use]
pub fn redis(clock: Clock) -> Arc<dyn Store> {
    static SERVER: LazyLock<Server<Redis>> = LazyLock::new(|| {
        let redis = Redis::start();
        let store = RedisStore::connect(&redis.url()).expect("a URL");
        Server::new(redis, Arc::new(store))
    });
    Arc::new(Timed { clock, server: &SERVER })
}

/// Returns a store over PostgreSQL.
///
/// # Panics
/// If the server cannot be started.
#[must_use]
pub fn postgres(clock: Clock) -> Arc<dyn Store> {
    static SERVER: LazyLock<Server<Postgres>> = LazyLock::new(|| {
        let postgres = Postgres::start();
        let store = PostgresStore::connect(&postgres.url()).expect("a URL");
        Server::new(postgres, Arc::new(store))
    });
    Arc::new(Timed { clock, server: &SERVER })
}

#[derive(Debug)]
struct Server<S> {
    store: Arc<dyn Store>,
    runtime: Runtime,
    _process: S,
}

impl<S> Server<S> {
    fn new(process: S, store: Arc<dyn Store>) -> Self {
        Self { store, runtime: Runtime::new().expect("threads"), _process: process }
    }
}

#[derive(Debug)]
struct Timed<S: 'static> {
    clock: Clock,
    server: &'static Server<S>,
}

#[async_trait]
impl<S: std::fmt::Debug + Send + Sync> Store for Timed<S> {
    fn place(&self) -> String {
        self.server.store.place()
    }

    async fn contact(&self) -> Result<Contact, StoreError> {
        self.server.runtime.block_on(self.server.store.contact())
    }

    async fn run(
        &self,
        script: &'static Script,
        key: &StoreKey,
        arguments: &[f64],
    ) -> Result<Vec<f64>, StoreError> {
        let now = (self.clock.now().as_nanos() / 1000) as f64;
        let arguments = [arguments, &[now]].concat();
        self.server.runtime.block_on(self.server.store.run(timed(script), key, &arguments))
    }
}
