use std::sync::Arc;

use seawall_core::Dynamic;

use crate::background::Work;
use crate::pool::AnyPool;

/// A pool that runs, and the breakers that its background connects go through.
pub(crate) struct ConfiguredPool {
    pub(crate) pool: Arc<dyn AnyPool>,
    pub(crate) backend: &'static str,
    connect_breaker: Dynamic,
    /// The components that are its breakers, by their numbers.
    breakers: Vec<u64>,
}

impl ConfiguredPool {
    pub(crate) fn new(
        pool: Arc<dyn AnyPool>,
        backend: &'static str,
        breakers: Vec<u64>,
        connect_breaker: Dynamic,
    ) -> Self {
        Self { pool, backend, connect_breaker, breakers }
    }

    /// Returns true if its breakers are these components.
    pub(crate) fn has_breakers(&self, breakers: &[u64]) -> bool {
        self.breakers == breakers
    }

    /// The background work.
    pub(crate) fn maintain(&self) -> Work {
        self.pool.maintain(self.connect_breaker.clone())
    }
}
