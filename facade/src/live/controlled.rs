use seawall_core::{Component, Name};

use super::{Live, Table, sorted};

/// What manual control needs of everything that runs.
impl Live {
    /// Has the component go by its settings again, where manual control had changed its options.
    pub(crate) fn refresh(&self, component: Component, name: &str) {
        let engine = self.engine();
        let (plan, table) = (engine.plan(), self.current());
        #[cfg(feature = "__pool")]
        if component == Component::ConnectionPool {
            if let (Some(pool), Some(planned)) = (table.pool(name), plan.pools.get(name)) {
                // They were valid when it was started.
                let _ = pool.pool.reconfigure(&planned.options);
            }
            return;
        }
        let planned = plan.components.get(&(component, Box::from(name)));
        if let (Some(planned), Some(running)) = (planned, table.running(component, name)) {
            planned.refresh(&running.instance);
        }
    }

    /// Changes the maximum size of a pool.
    #[cfg(feature = "__pool")]
    pub(crate) fn resize_pool(
        &self,
        name: &str,
        max_size: u32,
    ) -> Result<(), seawall_core::ControlError> {
        use seawall_core::{ControlError, Layer};

        let engine = self.engine();
        let (plan, table) = (engine.plan(), self.current());
        let (Some(pool), Some(planned)) = (table.pool(name), plan.pools.get(name)) else {
            return Ok(());
        };
        let layer = Layer::new(Component::ConnectionPool, name);
        let invalid = |problem: &str| {
            ControlError::new(&layer, format!("cannot have {max_size} connections: {problem}"))
        };
        let mut options = planned.options.clone();
        options.max_size = max_size.try_into().map_err(|_| invalid("it needs one at least"))?;
        pool.pool.reconfigure(&options).map_err(|error| invalid(&error.to_string()))
    }
}

impl Table {
    /// Returns true if it has a component of that name.
    pub(crate) fn has(&self, component: Component, name: &str) -> bool {
        self.names(component).iter().any(|known| **known == *name)
    }

    /// Returns the names of all components of a kind.
    pub(crate) fn names(&self, component: Component) -> Vec<Name> {
        match component {
            #[cfg(feature = "__pool")]
            Component::ConnectionPool => self.pools().map(|(name, _)| Name::new(name)).collect(),
            Component::CircuitBreaker | Component::RateLimiter | Component::Bulkhead => {
                sorted(self.of(component)).map(|(name, _)| Name::new(name)).collect()
            }
            _ => Vec::new(),
        }
    }
}
