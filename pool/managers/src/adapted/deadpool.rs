use std::error::Error;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use deadpool::managed::{Manager, Metrics, RecycleError};
use seawall_core::pool::Manage;

use super::adapter;
use crate::{ManagerError, ManagerErrorKind};

adapter! {
    /// Adapts a [`deadpool::managed::Manager`] to any pool of Seawall.
    ///
    /// The manager recycles a connection before it is lent again, which both checks and resets it.
    /// `detach` is called for each connection that is closed.
    FromDeadpool holds Arc<M>
}

impl<M> Manage for FromDeadpool<M>
where
    M: Manager + 'static,
    M::Type: 'static,
    M::Error: Error + Sync + 'static,
{
    type Resource = Recycled<M>;
    type Error = ManagerError;

    async fn create(&self) -> Result<Self::Resource, ManagerError> {
        let created = self.manager.create().await;
        let connection = created.map_err(|error| self.error(ManagerErrorKind::Other, error))?;
        let manager = Arc::clone(&self.manager);
        Ok(Recycled { connection, metrics: Metrics::default(), manager })
    }

    async fn check(&self, lent: &mut Self::Resource) -> Result<(), ManagerError> {
        let recycled = self.manager.recycle(&mut lent.connection, &lent.metrics).await;
        recycled.map_err(|error| match error {
            RecycleError::Message(reason) => self.error(ManagerErrorKind::NotRecycled, reason),
            RecycleError::Backend(error) => self.error(ManagerErrorKind::Other, error),
        })?;
        lent.metrics.recycle_count += 1;
        // Now, as deadpool would have taken it.
        lent.metrics.recycled = Some(Metrics::default().created);
        Ok(())
    }
}

/// A connection of a deadpool manager. It derefs to what the manager created.
pub struct Recycled<M: Manager> {
    connection: M::Type,
    metrics: Metrics,
    manager: Arc<M>,
}

impl<M: Manager> Recycled<M> {
    /// Returns the metrics that deadpool would have.
    pub const fn metrics(&self) -> &Metrics {
        &self.metrics
    }
}

impl<M: Manager> Deref for Recycled<M> {
    type Target = M::Type;

    fn deref(&self) -> &M::Type {
        &self.connection
    }
}

impl<M: Manager> DerefMut for Recycled<M> {
    fn deref_mut(&mut self) -> &mut M::Type {
        &mut self.connection
    }
}

impl<M: Manager> Drop for Recycled<M> {
    fn drop(&mut self) {
        // A second panic would end the process; the panic hook has reported this one.
        let detach = || self.manager.detach(&mut self.connection);
        let detached = catch_unwind(AssertUnwindSafe(detach));
        drop(detached);
    }
}

seawall_core::__debug! { impl[M: Manager] Recycled<M>: self { metrics: self.metrics } }
