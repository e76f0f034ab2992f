use std::error::Error as StdError;
use std::future::Future;
use std::num::NonZeroU32;
use std::time::Duration;

use deadpool::managed::{Manager, Object, Pool, PoolError, TimeoutType, Timeouts};
use seawall_core::Tick;
use seawall_core::pool::library::{
    Itself, Keeper, Library, LibraryDetach, Loan, NotLent, View, in_stage,
};
use seawall_core::pool::{PoolStatus, Stage, Terms};

use crate::get::Get;
use crate::runtime::Runtime;

/// A pool of deadpool, of which borrowers see what `V` shows.
pub struct Deadpool<M: Manager, V = Itself> {
    pool: Pool<M>,
    view: V,
    runtime: Runtime,
    /// The timeouts of the pool.
    timeouts: Timeouts,
    /// The same without any wait. That needs no runtime, and tells a full pool from one that connects.
    at_once: Timeouts,
}

impl<M: Manager, V> Deadpool<M, V> {
    pub(crate) fn new(pool: Pool<M>, view: V) -> Self {
        let timeouts = pool.timeouts();
        let at_once = Timeouts { wait: Some(Duration::ZERO), ..timeouts };
        Self { pool, view, runtime: Runtime::current(), timeouts, at_once }
    }

    /// Returns deadpool's own pool.
    #[must_use]
    pub const fn pool(&self) -> &Pool<M> {
        &self.pool
    }
}

impl<M, V> Library for Deadpool<M, V>
where
    M: Manager<Type: 'static, Error: StdError + Sync + 'static> + 'static,
    V: View<M::Type>,
{
    type Resource = V::Resource;
    type Item = Loan<Object<M>, V>;
    type Sql = V;

    fn sql(&self) -> &V {
        &self.view
    }

    #[inline]
    fn get(&self, terms: Terms<'_>) -> impl Future<Output = Result<Self::Item, NotLent>> + Send {
        let at_once = in_stage(Stage::Connecting, self.pool.timeout_get(&self.at_once));
        let wait = || in_stage(Stage::Waiting, self.pool.timeout_get(&self.timeouts));
        let may_wait = terms.may_wait;
        Get::new(&self.runtime, at_once, may_wait.then_some(wait), move |error| match error {
            PoolError::Closed => NotLent::Closed,
            PoolError::Timeout(TimeoutType::Wait) => match self.timeouts.wait {
                Some(patience) if may_wait => NotLent::TimedOut(patience),
                _ => NotLent::Full,
            },
            PoolError::Backend(error) => NotLent::failed(error),
            error => NotLent::failed(error),
        })
    }

    /// The manager may need the runtime to drop what is not kept, and so may what is dropped.
    #[inline]
    fn put(&self, place: &mut Option<Self::Item>) {
        let _entered = self.runtime.enter();
        *place = None;
    }

    fn discard(&self, mut item: Self::Item) {
        let _entered = self.runtime.enter();
        // First, since deadpool frees the place before it drops what is taken.
        item.close();
        drop(Object::take(item.into_inner()));
    }

    fn fill(&self, status: &mut PoolStatus) {
        let now = self.pool.status();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        status.max = count(now.max_size);
        status.size = count(now.size);
        status.idle = count(now.available);
    }

    fn keeper(&self) -> Option<&dyn Keeper> {
        self.view.keeper()
    }

    fn close_old(&self, now: Tick) {
        let _entered = self.runtime.enter();
        let removed = self.pool.retain(|whole, _| !V::is_too_old(whole, now));
        drop(removed);
    }

    fn resize(&self, max_size: NonZeroU32) -> bool {
        let _entered = self.runtime.enter();
        self.pool.resize(max_size.get() as usize);
        true
    }

    fn close(&self) {
        let _entered = self.runtime.enter();
        self.pool.close();
    }

    fn abandon(&self) {
        if self.view.keeper().is_some() {
            self.close();
        }
    }

    fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }
}

impl<M, V> LibraryDetach for Deadpool<M, V>
where
    Self: Library<Item = Loan<Object<M>, V>, Resource = V::Resource>,
    M: Manager,
    V: View<M::Type>,
{
    fn detach(&self, item: Self::Item) -> V::Resource {
        V::detach(Object::take(item.into_inner()))
    }
}

seawall_core::__debug! { impl[M: Manager, V] Deadpool<M, V>: self { status: self.pool.status() } }
