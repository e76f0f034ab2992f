use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use seawall_core::pool::library::{Keeper, LibraryStats};
use sqlx_core::connection::ConnectOptions;
use sqlx_core::database::Database;
use sqlx_core::error::Error;
use sqlx_core::pool::{Pool, PoolConnection};
use tokio::runtime::{EnterGuard, Handle};
use tokio::sync::OwnedSemaphorePermit;

/// What the tasks of a pool share.
pub(crate) struct Shared<DB: Database> {
    pub(crate) pool: Pool<DB>,
    pub(crate) stats: Arc<LibraryStats>,
    is_probing: AtomicBool,
    /// The runtime that the pool was first used in. sqlx connects, times and spawns in it, also for threads
    /// outside of any.
    runtime: OnceLock<Handle>,
}

impl<DB: Database> Shared<DB> {
    pub(crate) fn new(pool: Pool<DB>) -> Self {
        let runtime = Handle::try_current().map(OnceLock::from).unwrap_or_default();
        Self { pool, stats: Arc::default(), is_probing: AtomicBool::new(false), runtime }
    }

    /// Returns the runtime, if there is one yet.
    pub(crate) fn runtime(&self) -> Option<&Handle> {
        if self.runtime.get().is_none()
            && let Ok(current) = Handle::try_current()
        {
            self.runtime.get_or_init(|| current);
        }
        self.runtime.get()
    }

    /// Enters the runtime.
    pub(crate) fn enter(&self) -> Option<EnterGuard<'_>> {
        self.runtime().map(Handle::enter)
    }

    /// Learns why sqlx does not connect, which it tries again and again until its timeout.
    async fn probe(&self) {
        if self.is_probing.swap(true, Ordering::Relaxed) {
            return;
        }
        if let Err(error) = self.pool.connect_options().connect().await {
            self.stats.connect_failed(Arc::new(error));
        }
        self.is_probing.store(false, Ordering::Relaxed);
    }
}

/// Counts connects; sqlx does the rest of a manager's work.
impl<DB: Database> Keeper for Shared<DB> {
    fn stats(&self) -> &Arc<LibraryStats> {
        &self.stats
    }
}

type Acquire<DB> = Pin<Box<dyn Future<Output = Result<PoolConnection<DB>, Error>> + Send>>;

/// Takes a connection from sqlx. Where that is dropped before it ends, a task ends it, because sqlx
/// would throw away what it has begun to connect. The task keeps the permit, so there are at most as
/// many such tasks as connections.
pub(crate) struct Connecting<DB: Database> {
    acquire: Option<Acquire<DB>>,
    permit: Option<OwnedSemaphorePermit>,
    shared: Arc<Shared<DB>>,
}

impl<DB: Database> Connecting<DB> {
    pub(crate) fn new(shared: &Arc<Shared<DB>>, permit: OwnedSemaphorePermit) -> Self {
        let acquire: Acquire<DB> = Box::pin(shared.pool.acquire());
        Self { acquire: Some(acquire), permit: Some(permit), shared: Arc::clone(shared) }
    }
}

impl<DB: Database> Future for Connecting<DB> {
    type Output = Result<(PoolConnection<DB>, OwnedSemaphorePermit), Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { acquire, permit, shared } = &mut *self;
        let _entered = shared.enter();
        let begun = acquire.as_mut().expect("BUG: polled after it was ready");
        let acquired = std::task::ready!(begun.as_mut().poll(cx));
        *acquire = None;
        let permit = permit.take().expect("BUG: polled after it was ready");
        Poll::Ready(acquired.map(|connection| (connection, permit)))
    }
}

impl<DB: Database> Drop for Connecting<DB> {
    fn drop(&mut self) {
        let shared = Arc::clone(&self.shared);
        let (Some(acquire), Some(runtime)) = (self.acquire.take(), self.shared.runtime()) else {
            return;
        };
        let permit = self.permit.take();
        runtime.spawn({
            let shared = Arc::clone(&shared);
            async move { shared.probe().await }
        });
        runtime.spawn(async move {
            match acquire.await {
                Ok(connection) => {
                    shared.stats.connected();
                    drop(connection);
                }
                Err(Error::PoolTimedOut | Error::PoolClosed) => {}
                Err(error) => shared.stats.connect_failed(Arc::new(error)),
            }
            drop(permit);
        });
    }
}
