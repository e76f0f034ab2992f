use std::sync::Arc;

use seawall_core::pool::library::{Keeper, Library, LibraryDetach, NotLent, in_stage};
use seawall_core::pool::{PoolStatus, Stage, Terms, TooSlow};
use sqlx_core::database::Database;
use sqlx_core::error::Error;
use sqlx_core::pool::Pool;
use tokio::sync::{Semaphore, TryAcquireError};

use crate::Checkout;
use crate::connecting::{Connecting, Shared};

/// A pool of sqlx behind a fair queue.
pub struct Sqlx<DB: Database> {
    shared: Arc<Shared<DB>>,
    /// As many permits as sqlx has connections: past it, a checkout connects or checks.
    queue: Arc<Semaphore>,
}

impl<DB: Database> Sqlx<DB> {
    pub(crate) fn new(pool: Pool<DB>) -> Self {
        let max = pool.options().get_max_connections() as usize;
        Self { shared: Arc::new(Shared::new(pool)), queue: Arc::new(Semaphore::new(max)) }
    }

    /// Returns sqlx's own pool.
    #[must_use]
    pub fn pool(&self) -> &Pool<DB> {
        &self.shared.pool
    }

    fn explain(&self, error: Error) -> NotLent {
        let stats = &self.shared.stats;
        match error {
            Error::PoolClosed => NotLent::Closed,
            Error::PoolTimedOut => {
                let limit = self.pool().options().get_acquire_timeout();
                let slow = TooSlow::new(Stage::Connecting, limit);
                let slow = Arc::new(slow.with_last_error(stats.connect_error()));
                stats.connect_cut(None);
                NotLent::Failed(slow)
            }
            error => {
                let error = Arc::new(error);
                stats.connect_failed(Arc::clone(&error) as _);
                NotLent::Failed(error)
            }
        }
    }
}

impl<DB: Database> Library for Sqlx<DB> {
    type Resource = DB::Connection;
    type Item = Checkout<DB>;
    type Sql = Self;

    fn sql(&self) -> &Self {
        self
    }

    async fn get(&self, terms: Terms<'_>) -> Result<Checkout<DB>, NotLent> {
        let permit = match Arc::clone(&self.queue).try_acquire_owned() {
            Ok(permit) => permit,
            Err(TryAcquireError::NoPermits) if !terms.may_wait => return Err(NotLent::Full),
            Err(TryAcquireError::NoPermits) => {
                // The owner of the pool may close it, which the queue would not notice.
                let permit = Arc::clone(&self.queue).acquire_owned();
                let permit = self.pool().close_event().do_until(permit).await;
                permit.ok().and_then(Result::ok).ok_or(NotLent::Closed)?
            }
            Err(TryAcquireError::Closed) => return Err(NotLent::Closed),
        };
        let connecting = in_stage(Stage::Connecting, Connecting::new(&self.shared, permit));
        let (connection, permit) = connecting.await.map_err(|error| self.explain(error))?;
        self.shared.stats.connected();
        Ok(Checkout { connection: Some(connection), _permit: permit })
    }

    fn put(&self, place: &mut Option<Checkout<DB>>) {
        let _entered = self.shared.enter();
        *place = None;
    }

    fn discard(&self, mut item: Checkout<DB>) {
        let _entered = self.shared.enter();
        if let Some(connection) = &mut item.connection {
            connection.close_on_drop();
        }
        drop(item);
    }

    fn fill(&self, status: &mut PoolStatus) {
        let pool = self.pool();
        status.max = pool.options().get_max_connections();
        status.size = pool.size();
        status.idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
    }

    fn stage(&self) -> Stage {
        Stage::Waiting
    }

    fn keeper(&self) -> Option<&dyn Keeper> {
        Some(&*self.shared)
    }

    fn close(&self) {
        self.queue.close();
        let pool = self.pool().clone();
        // This marks the pool as closed at once; polled, it closes what is idle.
        drop(pool.close());
        // Without a runtime no connection was made.
        if let Some(runtime) = self.shared.runtime() {
            runtime.spawn(async move { pool.close().await });
        }
    }

    fn is_closed(&self) -> bool {
        self.pool().is_closed()
    }
}

impl<DB: Database> LibraryDetach for Sqlx<DB> {
    fn detach(&self, mut item: Checkout<DB>) -> DB::Connection {
        item.connection.take().expect("BUG: a connection is detached that was closed").detach()
    }
}

seawall_core::__debug! { impl[DB: Database] Sqlx<DB>: self { pool: self.pool() } }
