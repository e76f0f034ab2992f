use seawall_core::Component;

use crate::build::store::{self, StoreBackend};
use crate::build::{Catalogue, common, table_name};
use crate::config::SettingDef;
use crate::plan::{BUDGET_SETTINGS, COALESCER_TABLES, COMPONENTS, PROTECTION_SETTINGS};

/// What tables of one kind may have.
pub(super) struct TableDef {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// The backends, the default one first; one without a name if there is no choice.
    pub(super) backends: Vec<BackendDef>,
}

/// The settings of one backend.
pub(super) struct BackendDef {
    pub(super) name: &'static str,
    /// The feature that has it; empty if it is of another crate.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the documentation"))]
    pub(super) feature: &'static str,
    pub(super) settings: &'static [SettingDef],
}

impl TableDef {
    /// Returns the settings that its backends have in common.
    pub(super) fn common(&self) -> &'static [SettingDef] {
        match self.name {
            "breaker" | "rate_limit" | "bulkhead" => common::SETTINGS,
            _ => &[],
        }
    }
}

/// Returns all tables, in the order of the documentation, with the backends that are compiled in.
pub(super) fn tables(catalogue: &Catalogue) -> Vec<TableDef> {
    let mut tables = Vec::new();
    for component in COMPONENTS {
        let backends = catalogue.of(component).filter_map(|entry| {
            let settings = entry.backend.as_ref()?.settings();
            Some(BackendDef { name: entry.name, feature: entry.feature, settings })
        });
        tables.push(table(component, backends.collect()));
    }
    tables.push(table(Component::Store, stores()));
    tables.push(table(Component::ConnectionPool, pools()));
    let only = |settings| vec![BackendDef { name: "", feature: "", settings }];
    tables.push(table(Component::Budget, only(BUDGET_SETTINGS)));
    for ((name, settings), about) in COALESCER_TABLES.into_iter().zip(COALESCERS) {
        tables.push(TableDef { name, about, backends: only(settings) });
    }
    tables.push(table(Component::Protection, only(PROTECTION_SETTINGS)));
    tables.retain(|table| !table.backends.is_empty());
    tables
}

const COALESCERS: [&str; 2] = [
    "Coalescers: they make one call for all callers that ask for the same at once. Code says of which values.",
    "Last good answers: they are given while the service is away. Code says of which values.",
];

fn table(component: Component, backends: Vec<BackendDef>) -> TableDef {
    let about = match component {
        Component::CircuitBreaker => "Circuit breakers: they stop calls to a failing service.",
        Component::RateLimiter => "Rate limits: they limit the rate of calls.",
        Component::Bulkhead => "Bulkheads: they limit the number of concurrent calls.",
        Component::Store => "Stores: they keep what instances of a service share.",
        Component::ConnectionPool => "Connection pools, whose managers are given in code.",
        Component::Budget => {
            "Budgets: they limit the extra calls to a target, retries and hedges together."
        }
        _ => "Protections: they combine components, under the name that call sites use.",
    };
    TableDef { name: table_name(component), about, backends }
}

fn stores() -> Vec<BackendDef> {
    let def = |backend: &StoreBackend| {
        let settings = backend.settings?;
        Some(BackendDef { name: backend.name, feature: backend.feature, settings })
    };
    store::BACKENDS.iter().filter_map(def).collect()
}

#[cfg(feature = "__pool")]
fn pools() -> Vec<BackendDef> {
    use crate::build::pool::{BACKENDS, SETTINGS};

    let compiled_in = BACKENDS.iter().filter(|backend| backend.kind.is_some());
    let settings = SETTINGS;
    compiled_in
        .map(|backend| BackendDef { name: backend.name, feature: backend.feature, settings })
        .collect()
}

#[cfg(not(feature = "__pool"))]
const fn pools() -> Vec<BackendDef> {
    Vec::new()
}
