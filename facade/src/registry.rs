use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use foldhash::fast::FixedState;
use seawall_core::{Backend, Component, Layer, Limiter, Refusal, RefusalKind, Stack, Status, Tick};

use crate::UnknownName;
use crate::built::Built;
use crate::protection::Snapshot;

/// Values by name. A look-up borrows the name and allocates nothing. The hash is not keyed: all names
/// in the map are from the settings, so that callers cannot make them collide.
pub(crate) type ByName<V> = HashMap<Box<str>, V, FixedState>;

/// Everything that was built, by name.
#[derive(Default)]
pub(crate) struct Registry {
    breakers: ByName<Built>,
    rate_limiters: ByName<Built>,
    bulkheads: ByName<Built>,
    protections: ByName<Snapshot>,
    #[cfg(feature = "__pool")]
    pools: ByName<ConfiguredPool>,
    is_closed: AtomicBool,
}

/// A pool, and the breakers that its background connects go through.
#[cfg(feature = "__pool")]
pub(crate) struct ConfiguredPool {
    pub(crate) pool: Arc<dyn crate::pool::AnyPool>,
    pub(crate) backend: &'static str,
    pub(crate) connect_breaker: seawall_core::Dynamic,
}

impl Registry {
    pub(crate) fn add(&mut self, component: Component, built: Built) {
        let name = Box::from(built.layer.layer().name().as_str());
        match component {
            Component::CircuitBreaker => self.breakers.insert(name, built),
            Component::RateLimiter => self.rate_limiters.insert(name, built),
            _ => self.bulkheads.insert(name, built),
        };
    }

    pub(crate) fn component(
        &self,
        component: Component,
        name: &str,
    ) -> Result<&Built, UnknownName> {
        get(self.of(component), component, name)
    }

    fn of(&self, component: Component) -> &ByName<Built> {
        match component {
            Component::CircuitBreaker => &self.breakers,
            Component::RateLimiter => &self.rate_limiters,
            _ => &self.bulkheads,
        }
    }

    pub(crate) fn rate_limiter(&self, name: &str) -> Result<&Arc<dyn Limiter>, UnknownName> {
        let limiter = self.component(Component::RateLimiter, name)?.as_limiter();
        limiter.map_err(|backend| UnknownName::admits_only(name, backend))
    }

    /// Returns true if the component was built, and no protection and no pool has it as a layer.
    pub(crate) fn is_idle(&self, component: Component, name: &str) -> bool {
        let Ok(built) = self.component(component, name) else { return false };
        let layer = built.layer.layer();
        let protections = self.protections.values().map(Snapshot::protection);
        let is_used = protections.flat_map(Stack::layers).any(|other| other.layer() == layer);
        #[cfg(feature = "__pool")]
        let pools = self.pools.values().flat_map(|pool| pool.connect_breaker.layers());
        #[cfg(feature = "__pool")]
        let is_used = is_used || { pools }.any(|other| other.layer() == layer);
        !is_used
    }

    pub(crate) fn protect(&mut self, name: &str, snapshot: Snapshot) {
        self.protections.insert(name.into(), snapshot);
    }

    /// Takes out the protections that were built.
    pub(crate) fn take_protections(&mut self) -> ByName<Snapshot> {
        std::mem::take(&mut self.protections)
    }

    /// The names of all components of a kind.
    pub(crate) fn names(&self, component: Component) -> impl Iterator<Item = &str> {
        self.of(component).keys().map(|name| &**name)
    }

    /// The status of a layer, with the name of its backend.
    pub(crate) fn status(&self, layer: &dyn Backend, now: Tick) -> Status {
        let (component, name) = (layer.layer().component(), layer.layer().name());
        match self.component(component, name) {
            Ok(built) => built.status(now),
            Err(_) => layer.status(now),
        }
    }

    /// The status of every component, by kind and then by name.
    pub(crate) fn statuses(&self, now: Tick) -> Vec<Status> {
        let built = self.all().map(|built| built.status(now));
        #[cfg(feature = "__pool")]
        let built = built
            .chain(self.pools().map(|(_, pool)| pool.pool.status(now).with_backend(pool.backend)));
        built.collect()
    }

    /// Returns a refusal by the component or protection called `name` if everything is closed.
    pub(crate) fn refuse_closed(&self, component: Component, name: &str) -> Result<(), Refusal> {
        if self.is_closed.load(Ordering::Acquire) {
            let layer = Layer::new(component, name);
            return Err(Refusal::new(RefusalKind::ShuttingDown, &layer));
        }
        Ok(())
    }

    /// Closes every component that can be closed.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.all().for_each(Built::close);
        #[cfg(feature = "__pool")]
        self.pools().for_each(|(_, pool)| pool.pool.close());
    }

    fn all(&self) -> impl Iterator<Item = &Built> {
        let kinds = [&self.bulkheads, &self.breakers, &self.rate_limiters];
        kinds.into_iter().flat_map(sorted).map(|(_, built)| built)
    }
}

#[cfg(feature = "__pool")]
impl Registry {
    pub(crate) fn add_pool(&mut self, name: &str, pool: ConfiguredPool) {
        self.pools.insert(name.into(), pool);
    }

    pub(crate) fn pool(&self, name: &str) -> Result<&dyn crate::pool::AnyPool, UnknownName> {
        get(&self.pools, Component::ConnectionPool, name).map(|configured| &*configured.pool)
    }

    pub(crate) fn pools(&self) -> impl Iterator<Item = (&str, &ConfiguredPool)> {
        sorted(&self.pools)
    }
}

pub(crate) fn get<'r, V>(
    map: &'r ByName<V>,
    kind: Component,
    name: &str,
) -> Result<&'r V, UnknownName> {
    map.get(name).ok_or_else(|| UnknownName::new(kind, name, map.keys().map(|name| &**name)))
}

pub(crate) fn sorted<V>(map: &ByName<V>) -> impl Iterator<Item = (&str, &V)> {
    let mut all: Vec<(&str, &V)> = map.iter().map(|(name, value)| (&**name, value)).collect();
    all.sort_unstable_by_key(|(name, _)| *name);
    all.into_iter()
}
