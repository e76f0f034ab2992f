use std::time::Duration;

use seawall_core::pool::{Drained, Manage};
use seawall_core::{Component, Name};

use crate::pool::join;
use crate::{Infrastructure, Pool, UnknownName};

/// Pools, whichever backend keeps them.
impl Infrastructure {
    /// The pool called `name` of what an `M` makes, whatever its backend.
    ///
    /// # Errors
    /// If nothing is called `name`, or something that another manager makes.
    pub fn pool<M: Manage>(&self, name: &str) -> Result<Pool<M>, UnknownName> {
        let pool = self.registry.pool(name)?;
        let pool: Option<&Pool<M>> = pool.handle().downcast_ref();
        let wanted = std::any::type_name::<M>();
        pool.cloned()
            .ok_or_else(|| UnknownName::of_another_kind(Component::ConnectionPool, name, wanted))
    }

    /// The background work of all pools, for someone to run: `tokio::spawn(infra.maintain())`, or a
    /// thread that blocks on it. It connects pools while they are degraded, with backoff, keeps what
    /// they have idle as their settings say, and closes what is too old. Without it, a pool does all
    /// that while it lends.
    ///
    /// Where the settings of a pool name a `breaker`, its background connects are calls through that
    /// breaker: it hears of those that fail, and while it is open, nothing is connected.
    ///
    /// It needs no runtime but what the managers need. It ends once all pools are closed or not used
    /// any more, and loses nothing when it is dropped. A manager that panics does not end it.
    pub fn maintain(&self) -> impl Future<Output = ()> + Send + use<> {
        let works = self.registry.maintain();
        async {
            join(works).await;
        }
    }

    /// Closes what can be closed, as [`close`](Self::close) does, and waits until all pools have
    /// their connections back and have closed them well; `patience` at most. Says of each pool how
    /// many did not come back in time. If the future is dropped, all is closed all the same.
    pub async fn drain(&self, patience: Duration) -> Vec<(Name, Drained)> {
        self.close();
        let works = self.registry.pools().map(|pool| pool.drain(patience)).collect();
        let drained = join(works).await;
        self.registry.pool_names().cloned().zip(drained).collect()
    }
}
