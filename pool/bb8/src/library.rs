use std::error::Error as StdError;
use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bb8::{Builder, ManageConnection, Pool, PooledConnection, RunError};
use seawall_core::pool::library::{Itself, Keeper, Library, Loan, NotLent, View};
use seawall_core::pool::{PoolStatus, Terms};

use crate::runtime::{Get, NoRuntime, Runtime};

/// A pool of bb8, of which borrowers see what `V` shows.
pub struct Bb8<M: ManageConnection, V = Itself> {
    pool: OnceLock<Pool<M>>,
    /// What the pool is built from, once it is needed.
    plan: Mutex<Option<(Builder<M>, M)>>,
    max_size: u32,
    runtime: Runtime,
    view: V,
}

impl<M: ManageConnection> Bb8<M> {
    pub(crate) fn existing(pool: Pool<M>) -> Self {
        let max_size = pool.config().max_size;
        Self::new(pool.into(), None, max_size, Itself)
    }
}

impl<M: ManageConnection, V> Bb8<M, V> {
    /// Creates the view `view` on a pool that is built from `plan` when it is needed.
    pub(crate) fn later(max_size: u32, plan: (Builder<M>, M), view: V) -> Self {
        Self::new(OnceLock::new(), Some(plan), max_size, view)
    }

    fn new(pool: OnceLock<Pool<M>>, plan: Option<(Builder<M>, M)>, max_size: u32, view: V) -> Self {
        Self { pool, plan: Mutex::new(plan), max_size, runtime: Runtime::current(), view }
    }

    /// Returns bb8's own pool, once it is built.
    #[must_use]
    pub fn pool(&self) -> Option<&Pool<M>> {
        self.pool.get()
    }

    /// Returns bb8's own pool, built if need be.
    fn built(&self) -> Result<&Pool<M>, NoRuntime> {
        if let Some(pool) = self.pool.get() {
            return Ok(pool);
        }
        let _entered = self.runtime.enter()?;
        Ok(self.pool.get_or_init(|| {
            let plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner).take();
            let (builder, manager) = plan.expect("BUG: a pool of bb8 is built twice");
            builder.build_unchecked(manager)
        }))
    }
}

impl<M, V> Library for Bb8<M, V>
where
    M: ManageConnection<Error: StdError + Sync>,
    V: View<M::Connection>,
{
    type Resource = V::Resource;
    type Item = Loan<PooledConnection<'static, M>, V>;
    type Sql = V;

    fn sql(&self) -> &V {
        &self.view
    }

    #[inline]
    fn get(&self, _: Terms<'_>) -> impl Future<Output = Result<Self::Item, NotLent>> + Send {
        let build = || self.built().map(Pool::get_owned);
        let explain = |error| match error {
            RunError::User(error) => NotLent::failed(error),
            RunError::TimedOut => {
                let pool = self.pool.get();
                NotLent::TimedOut(
                    pool.map_or(Duration::ZERO, |pool| pool.config().connection_timeout),
                )
            }
        };
        Get::new(&self.runtime, self.pool.get().map(Pool::get_owned), build, explain)
    }

    #[inline]
    fn put(&self, place: &mut Option<Self::Item>) {
        // bb8 may spawn a task that connects another.
        let _entered = self.runtime.enter();
        *place = None;
    }

    fn discard(&self, mut item: Self::Item) {
        item.close();
        // bb8 may spawn a task that connects another.
        let _entered = self.runtime.enter();
        drop(item);
    }

    fn fill(&self, status: &mut PoolStatus) {
        status.max = self.max_size;
        let Some(pool) = self.pool.get() else { return };
        let state = pool.state();
        (status.size, status.idle) = (state.connections, state.idle_connections);
        if self.view.keeper().is_none() {
            let counts = state.statistics;
            status.created = counts.connections_created;
            status.closed.broken = counts.connections_closed_broken;
            status.closed.failed_check = counts.connections_closed_invalid;
            status.closed.too_old = counts.connections_closed_max_lifetime;
            status.closed.idle_too_long = counts.connections_closed_idle_timeout;
        }
    }

    fn keeper(&self) -> Option<&dyn Keeper> {
        self.view.keeper()
    }

    fn start(&self) {
        // Without a runtime, the first checkout reports it.
        let _built = self.built();
    }

    /// bb8 cannot be closed; what is idle is lent once more and closed.
    fn close(&self) {
        let (Some(_), Some(pool)) = (self.view.keeper(), self.pool.get()) else { return };
        let mut cx = Context::from_waker(Waker::noop());
        // With none idle, bb8 would ask for a timer, which panics after the end of the runtime.
        while pool.state().idle_connections > 0 {
            let (_entered, get) = (self.runtime.enter(), pin!(pool.get_owned()));
            let Poll::Ready(Ok(idle)) = get.poll(&mut cx) else { return };
            self.discard(Loan::new(idle));
        }
    }

    fn abandon(&self) {
        self.close();
    }
}

seawall_core::__debug! { impl[M: ManageConnection, V] Bb8<M, V>: self { pool: self.pool.get() } }
