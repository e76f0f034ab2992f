use std::sync::Arc;

use seawall_core::{Component, Layer, MAX_DEPTH};

use super::{
    COALESCER_TABLES, Plan, PlannedBudget, PlannedComponent, PlannedPolicy, PlannedProtection,
};
use crate::build::{Catalogue, Common, common, table_name};
use crate::config::{DEFAULTS, Diagnostic, PROFILE, Problem, Reader, Table, nearest};

/// The kinds of components that settings describe and start.
pub(crate) const COMPONENTS: [Component; 3] =
    [Component::CircuitBreaker, Component::RateLimiter, Component::Bulkhead];

/// Reads everything that `reader` has; what is wrong is reported to it. Code gives the managers of the
/// pools `given`, or of all pools if that is `None`.
pub(crate) fn read(reader: &Reader, catalogue: &Catalogue, given: Option<&[String]>) -> Plan {
    let root = reader.root();
    let mut plan = Plan::default();
    #[cfg(feature = "__store")]
    super::store::read(&root, &mut plan);
    #[cfg(not(feature = "__store"))]
    crate::build::store::reject(&root);
    for component in COMPONENTS {
        for table in root.tables_in(table_name(component)) {
            if let Some(planned) = read_component(&table, component, catalogue) {
                plan.components.insert((component, planned.name.clone()), planned);
            }
        }
    }
    for table in root.tables_in("protection") {
        let planned = PlannedProtection::read(&table, &root);
        plan.protections.insert(planned.name.clone(), planned);
    }
    check_depths(&plan, reader);
    read_budgets(&root, &mut plan);
    super::coalescer::read(&root, &mut plan);
    #[cfg(feature = "__pool")]
    crate::build::pool::read(&root, given, &mut plan);
    #[cfg(not(feature = "__pool"))]
    crate::build::pool::reject(&root);
    let _ = given;
    super::defaults::check(&root, catalogue);
    let tables = ["breaker", "rate_limit", "bulkhead", "store", "budget", "protection", "pool"];
    let coalescers = COALESCER_TABLES.map(|(name, _)| name);
    root.close(&[&tables[..], &coalescers, &[DEFAULTS, PROFILE]].concat(), &[], &|_| None);
    report_unused(&root, &plan);
    plan.warnings = super::checks::check(&plan, reader);
    #[cfg(feature = "__store")]
    plan.warnings.extend(super::store::unused(&plan));
    plan
}

/// Reports protections that have too many layers by the shadows of these.
fn check_depths(plan: &Plan, reader: &Reader) {
    for planned in plan.protections() {
        let key = |(component, name)| (component, Box::from(name));
        let of_layer = |layer| plan.components.get(&key(layer)).filter(|one| one.shadow.is_some());
        let depth = planned.layers.len();
        let all = depth + planned.layers().filter_map(of_layer).count();
        if depth <= MAX_DEPTH && all > MAX_DEPTH {
            let found = format!(
                "a protection has at most {MAX_DEPTH} layers, not {all} with their shadows"
            );
            let wrong = Diagnostic::new(found).expected("one nested in another");
            reader.add(Problem::new(planned.place.clone(), wrong, ""));
        }
    }
}

/// Reads the budgets, and plans those of protections that name none.
fn read_budgets(root: &Table<'_>, plan: &mut Plan) {
    let mut tables = root.tables_in("budget");
    let used = plan.protections().filter_map(PlannedProtection::policy);
    for name in used.filter_map(PlannedPolicy::budget) {
        if !tables.iter().any(|table| table.name() == name) {
            tables.push(root.empty("budget", name));
        }
    }
    let budgets =
        tables.iter().filter_map(|table| Some((table.name().into(), PlannedBudget::read(table)?)));
    let budgets = budgets.collect();
    plan.budgets = budgets;
}

fn read_component(
    table: &Table<'_>,
    component: Component,
    catalogue: &Catalogue,
) -> Option<PlannedComponent> {
    let backend = catalogue.choose(table, component)?;
    let options = backend.read(table);
    let explain = |key: &str| catalogue.explain(&**backend, key);
    let common = Common::read(table);
    let defs = [backend.settings(), common::SETTINGS].concat();
    table.close(&["backend"], &defs, &explain);
    let mut settings = table.effective(&defs);
    let shadow = table.shadow().map(|shadow| {
        let not_of_shadows = |key: &str| Table::not_of_shadows(key, common::SETTINGS);
        shadow.close(&[], backend.settings(), &|key| not_of_shadows(key).or_else(|| explain(key)));
        settings.extend(shadow.effective_in_shadow(backend.settings()));
        backend.read(&shadow)
    });
    let is_rejected = || table.is_rejected() || crate::build::store::is_rejected(table);
    if (options.is_none() || shadow.as_ref().is_some_and(Option::is_none)) && !is_rejected() {
        let found = format!("the backend `{}` does not accept the settings", backend.name());
        table.reject_table(Diagnostic::new(found));
    }
    Some(PlannedComponent {
        name: table.name().into(),
        backend: Arc::clone(backend),
        options: Arc::new(options?),
        shadow: shadow.map_or(Some(None), |read| read.map(|options| Some(Arc::new(options))))?,
        common,
        settings,
        place: table.place(),
    })
}

/// Reports components that only environment variables describe and that no protection and no pool
/// names: most often a misspelt variable, which would change nothing.
fn report_unused(root: &Table<'_>, plan: &Plan) {
    for component in COMPONENTS {
        let configured = root.configured(table_name(component));
        for table in root.tables_in(table_name(component)) {
            let name = table.name();
            let is_planned = plan.components.contains_key(&(component, name.into()));
            if table.is_environment() && is_planned && !plan.uses(component, name) {
                let what = &configured.what;
                let found =
                    format!("no protection uses the {what} `{name}`, which no file describes");
                let others = configured.iter().filter(|other| *other != name);
                let wrong = Diagnostic::new(found).suggest(nearest(name, others));
                table.reject_table(wrong.expected(format!("the name of a configured {what}")));
            }
        }
    }
}

impl Plan {
    /// Returns the components and pools without which the service is not ready.
    #[must_use]
    pub fn required(&self) -> Vec<Layer> {
        let layers = self.layers_with(|common| common.required);
        #[cfg(feature = "__pool")]
        let layers = layers.chain(
            self.pools
                .values()
                .filter(|planned| planned.required)
                .map(|planned| Layer::new(Component::ConnectionPool, &*planned.name)),
        );
        layers.collect()
    }

    /// Returns the components whose state is kept across restarts, by `seawall-journal`.
    #[must_use]
    pub fn remembered(&self) -> Vec<Layer> {
        self.layers_with(|common| common.remember).collect()
    }

    fn layers_with(&self, is_set: impl Fn(&Common) -> bool) -> impl Iterator<Item = Layer> {
        let planned = self.components.values().filter(move |planned| is_set(&planned.common));
        planned.map(|planned| Layer::new(planned.component(), planned.name()))
    }

    /// Returns true if a protection or a pool has the component as a layer.
    pub(crate) fn uses(&self, component: Component, name: &str) -> bool {
        let of_protections = self.protections.values().flat_map(PlannedProtection::layers);
        #[cfg(feature = "__pool")]
        let of_pools = self.pools.values().flat_map(crate::build::pool::PlannedPool::breakers);
        #[cfg(not(feature = "__pool"))]
        let of_pools = std::iter::empty();
        of_protections.chain(of_pools).any(|layer| layer == (component, name))
    }
}
