use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;
#[cfg(feature = "__store")]
use seawall_core::Layer;
use seawall_core::{Backend, Component, Refusal, RefusalKind, Status, Tick};

#[cfg(feature = "__pool")]
use super::ConfiguredPool;
use super::{Budgets, Parts, Running};
#[cfg(feature = "__store")]
use crate::build::store::SharedStore;
use crate::config::SHADOW;
use crate::protection::Snapshot;
use crate::swap::{Reader, Slot};
use crate::{Handle, UnknownName};

/// Values by name. A look-up borrows the name and allocates nothing. The hash is not keyed: all names
/// in the map are from the settings, so that callers cannot make them collide.
pub(crate) type ByName<V> = HashMap<Box<str>, V, FixedState>;

/// What runs, by name, at one version of the settings. A name keeps its slot, so that a table leads to
/// what runs now also after another table has superseded it.
#[derive(Default)]
pub(crate) struct Table {
    protections: ByName<Handle>,
    breakers: ByName<Reader<Arc<Running>>>,
    rate_limiters: ByName<Reader<Arc<Running>>>,
    bulkheads: ByName<Reader<Arc<Running>>>,
    pub(crate) budgets: Budgets,
    #[cfg(feature = "__pool")]
    pools: ByName<Arc<ConfiguredPool>>,
}

impl Table {
    // Out of line and with a pointer for a result, which fits a register.
    #[inline(never)]
    pub(crate) fn protection(&self, name: &str) -> Option<&Handle> {
        self.protections.get(name)
    }

    pub(crate) const fn protections(&self) -> &ByName<Handle> {
        &self.protections
    }

    pub(crate) fn component(
        &self,
        component: Component,
        name: &str,
    ) -> Option<&Reader<Arc<Running>>> {
        match component {
            Component::CircuitBreaker | Component::RateLimiter | Component::Bulkhead => {
                self.of(component).get(name)
            }
            _ => None,
        }
    }

    /// Returns the components of a kind.
    pub(crate) const fn of(&self, component: Component) -> &ByName<Reader<Arc<Running>>> {
        match component {
            Component::CircuitBreaker => &self.breakers,
            Component::RateLimiter => &self.rate_limiters,
            _ => &self.bulkheads,
        }
    }

    /// Returns what runs under a name, for the engine: code does not rely on it by this.
    pub(crate) fn running(&self, component: Component, name: &str) -> Option<Arc<Running>> {
        Some(self.component(component, name)?.slot().current().0)
    }

    pub(crate) fn add_protection(&mut self, name: Box<str>, slot: Arc<Slot<Snapshot>>) {
        self.protections.insert(name, Handle::in_table(slot));
    }

    pub(crate) fn add_component(
        &mut self,
        component: Component,
        name: Box<str>,
        slot: Arc<Slot<Arc<Running>>>,
    ) {
        let components = match component {
            Component::CircuitBreaker => &mut self.breakers,
            Component::RateLimiter => &mut self.rate_limiters,
            _ => &mut self.bulkheads,
        };
        components.insert(name, Reader::unasked(slot));
    }

    pub(crate) fn unknown(&self, component: Component, name: &str) -> UnknownName {
        let names: Vec<_> = match component {
            Component::Protection => self.protections.keys().collect(),
            #[cfg(feature = "__pool")]
            Component::ConnectionPool => self.pools.keys().collect(),
            _ => self.of(component).keys().collect(),
        };
        UnknownName::new(component, name, names.into_iter().map(|name| &**name))
    }

    /// The status of a layer, with the name of its backend.
    pub(crate) fn status(&self, layer: &dyn Backend, now: Tick) -> Status {
        let (component, name) = (layer.layer().component(), layer.layer().name());
        let name = name.as_str();
        let of_shadow = || {
            let shadowed = name.strip_suffix(SHADOW)?.strip_suffix('.')?;
            self.running(component, shadowed)?.shadow_status(now)
        };
        let status = self.running(component, name).map(|running| running.status(now));
        status.or_else(of_shadow).unwrap_or_else(|| layer.status(now))
    }

    /// The status of every component with its shadow, by kind and then by name, of every store that is used, and
    /// of every budget.
    pub(crate) fn statuses(&self, now: Tick) -> Vec<Status> {
        let statuses = self.all().flat_map(|running| {
            [running.status(now)].into_iter().chain(running.shadow_status(now))
        });
        #[cfg(feature = "__pool")]
        let statuses = statuses.chain(
            sorted(&self.pools).map(|(_, pool)| pool.pool.status(now).with_backend(pool.backend)),
        );
        #[cfg(feature = "__store")]
        let statuses = statuses.chain(self.stores().into_iter().map(|store| store.status(now)));
        let budgets = self.budgets.values().map(|running| running.budget.status(now));
        statuses.chain(budgets).collect()
    }

    /// Returns the stores that components are in, by name.
    #[cfg(feature = "__store")]
    fn stores(&self) -> Vec<Arc<SharedStore>> {
        let shadows = |running: Arc<Running>| {
            let shadow = running.shadow().map(|shadow| shadow.instance.clone());
            [running.instance.clone()].into_iter().chain(shadow)
        };
        let instances = self.all().flat_map(shadows);
        let mut stores: Vec<_> = instances.filter_map(|one| one.store().cloned()).collect();
        stores.sort_by(|one, other| one.layer().name().cmp(other.layer().name()));
        stores.dedup_by(|one, other| one.layer() == other.layer());
        stores
    }

    /// Returns why the store `layer` is away, or that of the component `layer`.
    #[cfg(feature = "__store")]
    pub(crate) fn store_cause(&self, layer: &Layer) -> Option<String> {
        let name = layer.name().as_str();
        match layer.component() {
            Component::Store => self.stores().iter().find(|store| store.layer() == layer)?.cause(),
            component => self.running(component, name)?.instance.store()?.cause(),
        }
    }

    fn all(&self) -> impl Iterator<Item = Arc<Running>> {
        let kinds = [&self.bulkheads, &self.breakers, &self.rate_limiters];
        kinds.into_iter().flat_map(sorted).map(|(_, reader)| reader.slot().current().0)
    }

    /// Returns the components that `next` does not have.
    pub(crate) fn not_in(&self, next: &Parts) -> Vec<Arc<Running>> {
        let is_in = |running: &Arc<Running>| {
            let layer = running.instance.layer.layer();
            let found = next.find(layer.component(), layer.name().as_str());
            found.is_some_and(|found| found.instance.is(&running.instance))
        };
        self.all().filter(|running| !is_in(running)).collect()
    }

    /// Refuses all calls under protections as shutting down.
    pub(super) fn close_protections(&self) {
        self.protections.values().for_each(|handle| close(handle.slot()));
    }

    /// Closes every component that can be closed.
    pub(super) fn close_components(&self) {
        self.all().for_each(|running| running.instance.close());
        #[cfg(feature = "__pool")]
        self.pools.values().for_each(|pool| pool.pool.close());
    }
}

#[cfg(feature = "__pool")]
impl Table {
    pub(crate) fn pool(&self, name: &str) -> Option<&Arc<ConfiguredPool>> {
        self.pools.get(name)
    }

    pub(crate) fn pools(&self) -> impl Iterator<Item = (&str, &Arc<ConfiguredPool>)> {
        sorted(&self.pools)
    }

    pub(crate) fn add_pool(&mut self, name: Box<str>, pool: Arc<ConfiguredPool>) {
        self.pools.insert(name, pool);
    }
}

pub(crate) fn sorted<V>(map: &ByName<V>) -> impl Iterator<Item = (&str, &V)> {
    let mut all: Vec<(&str, &V)> = map.iter().map(|(name, value)| (&**name, value)).collect();
    all.sort_unstable_by_key(|(name, _)| *name);
    all.into_iter()
}

/// Refuses all calls as shutting down.
pub(super) fn close(slot: &Slot<Snapshot>) {
    let (snapshot, _) = slot.current();
    let refusal = Refusal::new(RefusalKind::ShuttingDown, snapshot.layer());
    slot.replace(snapshot.refusing(refusal));
}
