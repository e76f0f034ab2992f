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
        let table = self.live.current();
        let unknown = || table.unknown(Component::ConnectionPool, name);
        let pool = &table.pool(name).ok_or_else(unknown)?.pool;
        let typed: Option<&Pool<M>> = pool.handle().downcast_ref();
        let [found, wanted] = [pool.manager(), std::any::type_name::<M>()]
            .map(|manager| format!("seawall::Pool<{manager}>"));
        let other = || UnknownName::of_type(Component::ConnectionPool, name, &found, &wanted);
        typed.cloned().ok_or_else(other)
    }

    /// Closes everything as [`close`](Self::close) does, then waits until all connections have come
    /// back and were closed, for `patience` at most. Returns for each pool how many connections did
    /// not come back in time. If the future is dropped, everything is closed all the same.
    pub async fn drain(&self, patience: Duration) -> Vec<(Name, Drained)> {
        self.close();
        let table = self.live.current();
        let (names, works) = table
            .pools()
            .map(|(name, pool)| (Name::new(name), pool.pool.drain(patience)))
            .unzip::<_, _, Vec<_>, Vec<_>>();
        names.into_iter().zip(join(works).await).collect()
    }
}
