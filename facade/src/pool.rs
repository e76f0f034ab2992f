use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::pool::{Drained, Manage, PoolOptions};
use seawall_core::{Driver, Dynamic, InvalidOption, Status, Tick};

use crate::build::Kind;

mod held;
mod join;
mod rack;

pub use self::held::AnyHeld;
pub(crate) use self::join::join;
pub use self::rack::AnyRack;

/// A pool of the connections that `M` makes, with the backend that its settings name. Clones are cheap
/// and share the pool. [`Infrastructure::pool`](crate::Infrastructure::pool) returns it.
pub type Pool<M> = seawall_pool_kit::Pool<M, AnyRack<<M as Manage>::Resource>>;

/// A pool, whatever its manager.
pub(crate) trait AnyPool: Send + Sync {
    fn handle(&self) -> &dyn Any;
    /// The type of the manager.
    fn manager(&self) -> &'static str;
    fn status(&self, now: Tick) -> Status;
    /// Changes the options to others that [`PlannedPool`](crate::plan::PlannedPool) says can be
    /// changed while the pool runs.
    fn reconfigure(&self, options: &PoolOptions) -> Result<(), InvalidOption>;
    fn close(&self);
    fn drain(&self, patience: Duration) -> Work<'_, Drained>;
    /// The background work, whose connects go through `guard`.
    fn maintain(&self, guard: Dynamic) -> Work<'static, ()>;
}

/// A boxed future.
pub(crate) type Work<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl<M: Manage> AnyPool for Pool<M> {
    fn handle(&self) -> &dyn Any {
        self
    }

    fn manager(&self) -> &'static str {
        std::any::type_name::<M>()
    }

    fn status(&self, now: Tick) -> Status {
        seawall_core::pool::Pool::status(self, now)
    }

    fn reconfigure(&self, options: &PoolOptions) -> Result<(), InvalidOption> {
        self.resize(options.max_size);
        Ok(())
    }

    fn close(&self) {
        Self::close(self);
    }

    fn drain(&self, patience: Duration) -> Work<'_, Drained> {
        Box::pin(Self::drain(self, patience))
    }

    fn maintain(&self, guard: Dynamic) -> Work<'static, ()> {
        Box::pin(self.maintain_under(guard))
    }
}

type Start = Box<dyn FnOnce(String, Kind, PoolOptions, Driver) -> Arc<dyn AnyPool> + Send>;

/// A pool that code has given the manager of, and whose options come from configuration.
pub(crate) struct GivenPool {
    pub(crate) name: String,
    start: Start,
}

impl GivenPool {
    pub(crate) fn new(name: String, manager: impl Manage) -> Self {
        let start = |name, kind, options, driver| -> Arc<dyn AnyPool> {
            let rack = |capacity, order, slots| AnyRack::of(kind, capacity, order, slots);
            Arc::new(Pool::with_rack(name, manager, options, rack).with_driver(driver))
        };
        Self { name, start: Box::new(start) }
    }

    pub(crate) fn start(
        self,
        kind: Kind,
        options: PoolOptions,
        driver: Driver,
    ) -> Arc<dyn AnyPool> {
        (self.start)(self.name, kind, options, driver)
    }
}
