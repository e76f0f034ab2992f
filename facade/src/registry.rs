use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use foldhash::fast::FixedState;
use seawall_core::{Backend, Component, Layer, Limiter, Refusal, RefusalKind, Status, Tick};

use crate::UnknownName;
use crate::build::Instance;
use crate::plan::PlannedComponent;
use crate::protection::Snapshot;

/// Values by name. A look-up borrows the name and allocates nothing. The hash is not keyed: all names
/// in the map are from the settings, so that callers cannot make them collide.
pub(crate) type ByName<V> = HashMap<Box<str>, V, FixedState>;

/// Everything that was started, by name.
#[derive(Default)]
pub(crate) struct Registry {
    breakers: ByName<Running>,
    rate_limiters: ByName<Running>,
    bulkheads: ByName<Running>,
    protections: ByName<Snapshot>,
    #[cfg(feature = "__pool")]
    pools: ByName<ConfiguredPool>,
    is_closed: AtomicBool,
}

/// A component that runs, and the plan that it was started from.
pub(crate) struct Running {
    pub(crate) planned: PlannedComponent,
    pub(crate) instance: Instance,
}

impl Running {
    pub(crate) fn status(&self, now: Tick) -> Status {
        self.instance.layer.status(now).with_backend(self.planned.backend())
    }

    /// Returns the handle if it is an `H`, otherwise the name of the type that it is.
    pub(crate) fn handle<H: Clone + 'static>(&self) -> Result<H, &'static str> {
        self.instance.handle().cloned().ok_or(self.instance.type_name())
    }
}

/// A pool, and the breakers that its background connects go through.
#[cfg(feature = "__pool")]
pub(crate) struct ConfiguredPool {
    pub(crate) pool: Arc<dyn crate::pool::AnyPool>,
    pub(crate) backend: &'static str,
    pub(crate) connect_breaker: seawall_core::Dynamic,
}

impl Registry {
    pub(crate) fn add(&mut self, running: Running) {
        let name = running.planned.name().into();
        match running.planned.component() {
            Component::CircuitBreaker => self.breakers.insert(name, running),
            Component::RateLimiter => self.rate_limiters.insert(name, running),
            _ => self.bulkheads.insert(name, running),
        };
    }

    pub(crate) fn component(
        &self,
        component: Component,
        name: &str,
    ) -> Result<&Running, UnknownName> {
        get(self.of(component), component, name)
    }

    fn of(&self, component: Component) -> &ByName<Running> {
        match component {
            Component::CircuitBreaker => &self.breakers,
            Component::RateLimiter => &self.rate_limiters,
            _ => &self.bulkheads,
        }
    }

    pub(crate) fn rate_limiter(&self, name: &str) -> Result<&Arc<dyn Limiter>, UnknownName> {
        let running = self.component(Component::RateLimiter, name)?;
        let backend = running.planned.backend();
        running.instance.as_limiter().ok_or_else(|| UnknownName::admits_only(name, backend))
    }

    pub(crate) fn protect(&mut self, name: &str, snapshot: Snapshot) {
        self.protections.insert(name.into(), snapshot);
    }

    /// Takes out the protections that were started.
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
            Ok(running) => running.status(now),
            Err(_) => layer.status(now),
        }
    }

    /// The status of every component, by kind and then by name.
    pub(crate) fn statuses(&self, now: Tick) -> Vec<Status> {
        let running = self.all().map(|running| running.status(now));
        #[cfg(feature = "__pool")]
        let running = running
            .chain(self.pools().map(|(_, pool)| pool.pool.status(now).with_backend(pool.backend)));
        running.collect()
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
        self.all().for_each(|running| running.instance.close());
        #[cfg(feature = "__pool")]
        self.pools().for_each(|(_, pool)| pool.pool.close());
    }

    fn all(&self) -> impl Iterator<Item = &Running> {
        let kinds = [&self.bulkheads, &self.breakers, &self.rate_limiters];
        kinds.into_iter().flat_map(sorted).map(|(_, running)| running)
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
