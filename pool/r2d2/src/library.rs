use std::time::Duration;

use r2d2::{ManageConnection, Pool, PooledConnection};
use seawall_core::Clock;
use seawall_core::pool::library::{Itself, Keeper, Library, Loan, NotLent, View, in_stage};
use seawall_core::pool::{PoolStatus, Stage, Terms, block_on};
use tokio::runtime::Handle;

use crate::adapter::Runtime;
use crate::hop::on_thread;

/// A pool of r2d2, of which borrowers see what `V` shows.
pub struct R2d2<M: ManageConnection, V = Itself> {
    pool: Pool<M>,
    runtime: Runtime,
    view: V,
}

impl<M: ManageConnection, V> R2d2<M, V> {
    pub(crate) const fn new(pool: Pool<M>, runtime: Runtime, view: V) -> Self {
        Self { pool, runtime, view }
    }

    /// Returns r2d2's own pool.
    #[must_use]
    pub const fn pool(&self) -> &Pool<M> {
        &self.pool
    }

    fn next_stage(&self) -> Stage {
        let state = self.pool.state();
        if state.idle_connections > 0 {
            Stage::Checking
        } else if state.connections < self.pool.max_size() {
            Stage::Connecting
        } else {
            Stage::Waiting
        }
    }

    /// Returns how long r2d2 may wait.
    fn limit(&self, terms: Terms<'_>) -> Duration {
        terms.left().min(self.pool.connection_timeout())
    }
}

impl<M: ManageConnection, V: View<M::Connection>> R2d2<M, V> {
    /// Returns `item` once it was checked and reset on this thread; `None` if it had to be closed.
    fn renewed(
        &self,
        mut item: Loan<PooledConnection<M>, V>,
    ) -> Option<Loan<PooledConnection<M>, V>> {
        if !V::RENEWS {
            return Some(item);
        }
        let _entered = self.runtime.get().map(Handle::enter);
        if block_on(item.renew()) {
            return Some(item);
        }
        self.discard(item);
        None
    }
}

/// How long r2d2 waits before it looks again whether it may connect: it wakes no waiter when a broken
/// connection comes back, although its place is free then. The owner of an existing pool would hear of a
/// timeout each time.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Takes a connection, waiting for it on this thread. `V` shows whether the pool is an existing one.
fn get<M: ManageConnection, V: View<M::Connection>>(
    pool: &Pool<M>,
    stage: Stage,
    limit: Duration,
) -> Result<PooledConnection<M>, NotLent> {
    let look_every = if V::RENEWS { LOOK_EVERY } else { limit };
    let clock = Clock::system();
    let (ends_at, mut reason) = (clock.now() + limit, None);
    loop {
        let left = ends_at.since(clock.now());
        let error = match pool.get_timeout(left.min(look_every)) {
            Ok(connection) => return Ok(connection),
            Err(error) => error,
        };
        // It says why connecting or checking failed, as text, and only once.
        let says_why = error.to_string().contains(": ");
        let error = match reason.take() {
            Some(reason) if !says_why => reason,
            _ => error,
        };
        if left <= look_every {
            return Err(match stage {
                Stage::Waiting => NotLent::TimedOut(limit),
                _ => NotLent::failed(error),
            });
        }
        reason = Some(error);
    }
}

impl<M, V> Library for R2d2<M, V>
where
    M: ManageConnection,
    V: View<M::Connection>,
{
    type Resource = V::Resource;
    type Item = Loan<PooledConnection<M>, V>;
    type Sql = V;

    const BLOCKS: bool = true;

    fn sql(&self) -> &V {
        &self.view
    }

    async fn get(&self, terms: Terms<'_>) -> Result<Self::Item, NotLent> {
        if self.runtime.get().is_none()
            && let Ok(runtime) = Handle::try_current()
        {
            self.runtime.get_or_init(|| runtime);
        }
        // A check of r2d2's own may block.
        let may_block = self.pool.test_on_check_out();
        let terms = terms.begun();
        loop {
            let idle = if may_block { None } else { self.pool.try_get() };
            let got = match idle {
                Some(idle) => idle,
                None => {
                    let (stage, limit, pool) =
                        (self.next_stage(), self.limit(terms), self.pool.clone());
                    if stage == Stage::Waiting && !terms.may_wait {
                        return Err(NotLent::Full);
                    }
                    let get = on_thread(move || get::<M, V>(&pool, stage, limit));
                    in_stage(stage, get).await.map_err(NotLent::failed)??
                }
            };
            let mut item: Self::Item = Loan::new(got);
            if item.renew().await {
                return Ok(item);
            }
            self.discard(item);
        }
    }

    fn get_idle(&self) -> Option<Self::Item> {
        loop {
            let item = Loan::new(self.pool.try_get()?);
            if let Some(renewed) = self.renewed(item) {
                return Some(renewed);
            }
        }
    }

    fn get_blocking(&self, terms: Terms<'_>) -> Result<Self::Item, NotLent> {
        loop {
            let stage = self.next_stage();
            if let Some(idle) = self.get_idle() {
                return Ok(idle);
            }
            if stage == Stage::Waiting && !terms.may_wait {
                return Err(NotLent::Full);
            }
            let got = get::<M, V>(&self.pool, stage, self.limit(terms))?;
            if let Some(renewed) = self.renewed(Loan::new(got)) {
                return Ok(renewed);
            }
        }
    }

    fn discard(&self, mut item: Self::Item) {
        let _entered = self.runtime.get().map(Handle::enter);
        item.close();
        drop(item);
    }

    fn fill(&self, status: &mut PoolStatus) {
        let state = self.pool.state();
        status.max = self.pool.max_size();
        (status.size, status.idle) = (state.connections, state.idle_connections);
    }

    fn stage(&self) -> Stage {
        self.next_stage()
    }

    fn keeper(&self) -> Option<&dyn Keeper> {
        self.view.keeper()
    }

    /// r2d2 cannot be closed; what is idle is lent once more and closed.
    fn close(&self) {
        while let Some(idle) = self.view.keeper().and_then(|_| self.pool.try_get()) {
            self.discard(Loan::new(idle));
        }
    }

    fn abandon(&self) {
        self.close();
    }
}

seawall_core::__debug! {
    impl[M: ManageConnection, V] R2d2<M, V>: self { state: self.pool.state() }
}
