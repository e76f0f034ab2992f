use std::collections::BTreeMap;
use std::sync::Arc;

use seawall_core::Component;

use super::{Budgets, Running};

/// Values by kind of component and name.
pub(crate) type Keyed<V> = BTreeMap<(Component, Box<str>), V>;

/// What protections are put together from: what runs, or will.
#[derive(Default)]
pub(crate) struct Parts {
    pub(crate) components: Keyed<Arc<Running>>,
    pub(crate) budgets: Budgets,
}

impl Parts {
    pub(crate) fn find(&self, component: Component, name: &str) -> Option<&Arc<Running>> {
        self.components.get(&(component, Box::from(name)))
    }
}
