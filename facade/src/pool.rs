use std::any::Any;

use seawall_core::pool::{Manage, PoolOptions};
use seawall_core::{Driver, Status, Tick};
use seawall_pool_deadpool::Pool;

/// A pool of whatever.
pub(crate) trait AnyPool: Send + Sync {
    fn handle(&self) -> &dyn Any;
    fn status(&self, now: Tick) -> Status;
    fn close(&self);
}

impl<M: Manage> AnyPool for Pool<M> {
    fn handle(&self) -> &dyn Any {
        self
    }

    fn status(&self, now: Tick) -> Status {
        seawall_core::pool::Pool::status(self, now)
    }

    fn close(&self) {
        Self::close(self);
    }
}

/// A pool that code has given the manager of, and whose options come from configuration.
pub(crate) struct GivenPool {
    pub(crate) name: String,
    start: Box<dyn FnOnce(String, PoolOptions, Driver) -> std::sync::Arc<dyn AnyPool> + Send>,
}

impl GivenPool {
    pub(crate) fn new(name: String, manager: impl Manage) -> Self {
        let start = |name, options, driver| -> std::sync::Arc<dyn AnyPool> {
            std::sync::Arc::new(Pool::new(name, manager, options).with_driver(driver))
        };
        Self { name, start: Box::new(start) }
    }

    pub(crate) fn start(self, options: PoolOptions, driver: Driver) -> std::sync::Arc<dyn AnyPool> {
        (self.start)(self.name, options, driver)
    }
}
