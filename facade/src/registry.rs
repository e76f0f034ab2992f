use std::collections::BTreeMap;
use std::time::Duration;

use seawall_core::{Component, Dynamic, Name, Status, Tick};

use crate::UnknownName;
use crate::part::Part;

/// All that was built, by name.
#[derive(Default)]
pub(crate) struct Registry {
    parts: BTreeMap<(&'static str, Name), Part>,
    protections: BTreeMap<Name, Configured>,
    #[cfg(any(feature = "pool-bb8", feature = "pool-deadpool", feature = "pool-r2d2"))]
    pools: BTreeMap<Name, ConfiguredPool>,
}

/// A protection and what goes with it.
#[derive(Debug)]
pub(crate) struct Configured {
    pub(crate) layers: Dynamic,
    pub(crate) timeout: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
}

/// A pool and what its background connects ask.
#[cfg(any(feature = "pool-bb8", feature = "pool-deadpool", feature = "pool-r2d2"))]
pub(crate) struct ConfiguredPool {
    pub(crate) pool: std::sync::Arc<dyn crate::pool::AnyPool>,
    pub(crate) guard: Dynamic,
}

impl Registry {
    pub(crate) fn add(&mut self, component: Component, part: Part) {
        let name = part.backend.layer().name().clone();
        self.parts.insert((component.as_str(), name), part);
    }

    pub(crate) fn part(&self, component: Component, name: &str) -> Result<&Part, UnknownName> {
        self.parts.get(&(component.as_str(), Name::new(name))).ok_or_else(|| {
            let known = self.parts.keys().filter(|(kind, _)| *kind == component.as_str());
            UnknownName::new(component, name, known.map(|(_, name)| name))
        })
    }

    #[cfg(feature = "bulkhead")]
    pub(crate) fn parts(&self, component: Component) -> impl Iterator<Item = &Part> {
        let parts = self.parts.iter().filter(move |((kind, _), _)| *kind == component.as_str());
        parts.map(|(_, part)| part)
    }

    pub(crate) fn protect(&mut self, name: Name, protection: Configured) {
        self.protections.insert(name, protection);
    }

    pub(crate) fn protection(&self, name: &str) -> Result<&Configured, UnknownName> {
        self.protections
            .get(&Name::new(name))
            .ok_or_else(|| UnknownName::new(Component::Protection, name, self.protections.keys()))
    }

    pub(crate) fn protections(&self) -> impl Iterator<Item = &Name> {
        self.protections.keys()
    }

    /// The status of every component.
    pub(crate) fn statuses(&self, now: Tick) -> Vec<Status> {
        let parts = self.parts.values().map(|part| part.backend.status(now));
        #[cfg(any(feature = "pool-bb8", feature = "pool-deadpool", feature = "pool-r2d2"))]
        let parts = parts.chain(self.pools().map(|pool| pool.status(now)));
        parts.collect()
    }
}

#[cfg(any(feature = "pool-bb8", feature = "pool-deadpool", feature = "pool-r2d2"))]
impl Registry {
    pub(crate) fn add_pool(&mut self, name: Name, pool: ConfiguredPool) {
        self.pools.insert(name, pool);
    }

    pub(crate) fn pool(&self, name: &str) -> Result<&dyn crate::pool::AnyPool, UnknownName> {
        self.pools
            .get(&Name::new(name))
            .map(|configured| &*configured.pool)
            .ok_or_else(|| UnknownName::new(Component::ConnectionPool, name, self.pools.keys()))
    }

    pub(crate) fn pool_names(&self) -> impl Iterator<Item = &Name> {
        self.pools.keys()
    }

    pub(crate) fn pools(&self) -> impl Iterator<Item = &dyn crate::pool::AnyPool> {
        self.pools.values().map(|configured| &*configured.pool)
    }

    /// The background work of each pool.
    pub(crate) fn maintain(&self) -> Vec<crate::pool::Work<'static, ()>> {
        let maintain =
            |ConfiguredPool { pool, guard }: &ConfiguredPool| pool.maintain(guard.clone());
        self.pools.values().map(maintain).collect()
    }
}
