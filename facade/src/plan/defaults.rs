use seawall_core::Component;

use super::read::COMPONENTS;
use super::{BUDGET_SETTINGS, COALESCER_TABLES, PROTECTION_SETTINGS};
use crate::build::{Catalogue, common, table_name};
use crate::config::{DEFAULTS, SHADOW, SettingDef, Table};

/// Checks the values that hold for all components of a kind: one that no backend has, or that none
/// accepts, is reported, also where there is no component.
pub(super) fn check(root: &Table<'_>, catalogue: &Catalogue) {
    let Some(defaults) = root.table(DEFAULTS) else { return };
    for component in COMPONENTS {
        if let Some(table) = defaults.table(table_name(component)) {
            let backends = catalogue.of(component).filter_map(|entry| entry.backend.as_ref());
            let of_backends: Vec<_> =
                backends.flat_map(|backend| backend.settings()).copied().collect();
            let defs = [&of_backends, common::SETTINGS].concat();
            if table.raw("backend").is_some() {
                catalogue.choose(&table, component);
            }
            check_table(&table, &["backend"], &defs);
            if let Some(shadow) = table.table(SHADOW) {
                check_table(&shadow, &[], &of_backends);
            }
        }
    }
    if let Some(table) = defaults.table(table_name(Component::ConnectionPool)) {
        #[cfg(feature = "__pool")]
        check_table(&table, &["backend"], crate::build::pool::SETTINGS);
        #[cfg(not(feature = "__pool"))]
        let _ = table;
    }
    if let Some(table) = defaults.table(table_name(Component::Store)) {
        crate::build::store::check_defaults(&table);
    }
    let [coalesce, stale] = COALESCER_TABLES;
    let others =
        [("budget", BUDGET_SETTINGS), ("protection", PROTECTION_SETTINGS), coalesce, stale];
    for (name, settings) in others {
        if let Some(table) = defaults.table(name) {
            check_table(&table, &[], settings);
        }
    }
    let tables = ["breaker", "rate_limit", "bulkhead", "store", "pool"];
    let others = others.map(|(name, _)| name);
    defaults.close(&[&tables[..], &others].concat(), &[], &|_| None);
}

/// Without a backend, nothing is known of its settings.
fn check_table(table: &Table<'_>, others: &[&'static str], defs: &[SettingDef]) {
    if !defs.is_empty() {
        table.check_defaults(others, defs);
    }
}
