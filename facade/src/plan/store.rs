use super::{Plan, PlannedComponent};
use crate::build::OnChange;
use crate::build::store::StoreOptions;
use crate::config::{Diagnostic, EffectiveSetting, Place, Problem, Table};

/// A store that settings describe.
#[derive(Clone, PartialEq)]
pub(crate) struct PlannedStore {
    pub(crate) options: StoreOptions,
    pub(crate) settings: Vec<EffectiveSetting>,
    pub(crate) place: Place,
}

impl PlannedStore {
    /// Reads the table of a store; `None` if something is wrong with it.
    fn read(table: &Table<'_>) -> Option<Self> {
        let options = StoreOptions::read(table)?;
        let defs = options.settings();
        table.close(&["backend"], defs, &|_| None);
        Some(Self { options, settings: table.effective(defs), place: table.place() })
    }

    /// Returns what becomes of the running store if `self` is replaced by `new`.
    pub(super) fn on_change(&self, new: &Self) -> OnChange {
        match self.options.is_same_place(&new.options) {
            true => OnChange::InPlace,
            false => OnChange::Restart("it is elsewhere, so all that it keeps begins anew"),
        }
    }

    /// Returns true if both describe the same store, whatever their settings look like.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.options == other.options
    }
}

/// Reads all stores.
pub(super) fn read(root: &Table<'_>, plan: &mut Plan) {
    let tables = root.tables_in("store");
    let stores =
        tables.iter().filter_map(|table| Some((table.name().into(), PlannedStore::read(table)?)));
    plan.stores = stores.collect();
}

/// Returns a warning for each store that no component is in.
pub(super) fn unused(plan: &Plan) -> Vec<Problem> {
    let refers = |planned: &PlannedComponent, name: &str| {
        let mut settings = planned.settings.iter();
        settings.any(|set| set.name() == "store" && set.value().as_str() == Some(name))
    };
    let is_unused = |name: &str| !plan.components.values().any(|planned| refers(planned, name));
    let warning = |(name, planned): (_, &PlannedStore)| {
        let wrong = Diagnostic::new("nothing is kept in this store");
        let expected =
            format!("`store = \"{name}\"` in a rate limit or a bulkhead, or no such table");
        Problem::new(planned.place.clone(), wrong.expected(expected), "")
    };
    plan.stores.iter().filter(|(name, _)| is_unused(name)).map(warning).collect()
}
