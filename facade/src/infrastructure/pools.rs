use std::sync::Arc;
use std::time::Duration;

use seawall_core::pool::{Drained, Manage, PoolControl};
use seawall_core::{Component, Detail, InvalidOption, Name, Topic};

use crate::pool::{Adopted, join};
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

    /// Puts a pool that code made under this infrastructure: its status is among the others, its events go
    /// to the observers, its background work is done by [`run`](Self::run), and [`close`](Self::close) and
    /// [`drain`](Self::drain) close it. Returns the pool, whose calls go through the driver of this
    /// infrastructure.
    ///
    /// It takes pools of deadpool, bb8, r2d2 and sqlx that exist already, by `from_pool` of
    /// `seawall-pool-deadpool`, `-bb8`, `-r2d2` and `-sqlx`, and pools of `seawall-pool`. They have no table
    /// in the settings.
    ///
    /// # Errors
    /// If a pool of that name was adopted before or is configured.
    pub fn adopt<P: PoolControl + Clone + 'static>(&self, pool: P) -> Result<P, InvalidOption> {
        let pool = pool.driven_by(&self.live.driver);
        let (layer, adopted) = (pool.layer().clone(), Arc::new(Adopted(pool.clone())));
        let name = layer.name().as_str();
        let is_configured = self.live.current().pool(name).is_some();
        if is_configured || !self.live.adopted.add(name, Arc::clone(&adopted) as _) {
            return Err(InvalidOption::new(&layer, "name", "is the name of another pool"));
        }
        let works = Arc::downgrade(&adopted);
        self.live.background.add(&format!("adopted pool {name}"), move || match works.upgrade() {
            Some(adopted) => Box::pin(adopted.0.maintain()),
            None => Box::pin(std::future::ready(())),
        });
        self.live.driver.emit(Topic::ComponentStarted, &layer, || Detail::None);
        if self.live.is_closed() {
            pool.close();
        }
        Ok(pool)
    }

    /// Closes everything as [`close`](Self::close) does, then waits until all connections have come
    /// back and were closed, for `patience` at most. Returns for each pool how many connections did
    /// not come back in time. If the future is dropped, everything is closed all the same.
    pub async fn drain(&self, patience: Duration) -> Vec<(Name, Drained)> {
        self.close();
        let (table, adopted) = (self.live.current(), self.live.adopted.all());
        let configured = table.pools().map(|(name, pool)| (name, &*pool.pool));
        let (names, works) = configured
            .chain(adopted.iter().map(|(name, pool)| (&**name, &**pool)))
            .map(|(name, pool)| (Name::new(name), pool.drain(patience)))
            .unzip::<_, _, Vec<_>, Vec<_>>();
        names.into_iter().zip(join(works).await).collect()
    }
}
