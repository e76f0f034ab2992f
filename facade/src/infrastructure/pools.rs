use std::time::Duration;

use seawall_core::pool::{Drained, Manage};
use seawall_core::{Component, Name};

use crate::pool::join;
use crate::{Infrastructure, Pool, UnknownName};

/// Connection pools, whichever backend keeps them.
impl Infrastructure {
    /// Returns the pool called `name`, whose connections the manager `M` makes.
    ///
    /// The type has to be known: `let orders: Pool<Sqlite> = infra.pool("orders")?`, or
    /// `infra.pool::<Sqlite>("orders")?`.
    ///
    /// # Errors
    /// If no pool is called `name`, or another manager makes its connections.
    pub fn pool<M: Manage>(&self, name: &str) -> Result<Pool<M>, UnknownName> {
        let pool = self.registry.pool(name)?;
        let typed: Option<&Pool<M>> = pool.handle().downcast_ref();
        let [found, wanted] = [pool.manager(), std::any::type_name::<M>()]
            .map(|manager| format!("seawall::Pool<{manager}>"));
        let other = || UnknownName::of_type(Component::ConnectionPool, name, &found, &wanted);
        typed.cloned().ok_or_else(other)
    }

    /// Runs the background work of all pools: `tokio::spawn(infra.maintain())`, or a thread that
    /// blocks on it. It connects pools that are degraded, with backoff, keeps `min_idle` connections
    /// idle, and closes those that are too old. Without it, a pool does that work only while it lends.
    ///
    /// Where a pool's settings name a `breaker`, its background connects are calls through that
    /// breaker: their failures count, and while it is open, nothing is connected.
    ///
    /// It needs no runtime except for what the managers need. It ends once all pools are closed or
    /// dropped, so after [`close`](Self::close) at once; dropping it loses nothing. A panic of a
    /// manager does not end it.
    pub fn maintain(&self) -> impl Future<Output = ()> + Send + use<> {
        let pools = self.registry.pools();
        let works =
            pools.map(|(_, pool)| pool.pool.maintain(pool.connect_breaker.clone())).collect();
        async {
            join(works).await;
        }
    }

    /// Closes everything as [`close`](Self::close) does, then waits until all connections have come
    /// back and were closed, for `patience` at most. Returns for each pool how many connections did
    /// not come back in time. If the future is dropped, everything is closed all the same.
    pub async fn drain(&self, patience: Duration) -> Vec<(Name, Drained)> {
        self.close();
        let (names, works) = self
            .registry
            .pools()
            .map(|(name, pool)| (Name::new(name), pool.pool.drain(patience)))
            .unzip::<_, _, Vec<_>, Vec<_>>();
        names.into_iter().zip(join(works).await).collect()
    }
}
