use std::sync::Arc;

use seawall_core::Component;

#[cfg(feature = "store-postgres")]
use super::store::InPostgres;
#[cfg(feature = "store-redis")]
use super::store::InRedis;
use super::store::{Chosen, backend_of};
use super::{AnyBackend, ComponentBackend};
use crate::config::{ConfigError, Diagnostic, Problem, SettingDef, Table, index_of, one_of};

/// The backends that settings can name. Features and code add backends; they never change which one a
/// name means, or which one is meant without a name: the first.
#[derive(Clone)]
pub(crate) struct Catalogue(Vec<Entry>);

/// A backend under its name; without the backend itself, one whose feature is off.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) component: Component,
    pub(crate) name: &'static str,
    /// The feature that has it; empty if code registered it.
    pub(crate) feature: &'static str,
    pub(crate) backend: Option<Arc<dyn AnyBackend>>,
}

/// The entry of a backend of this workspace.
macro_rules! entry {
    ($component:ident $name:literal $feature:literal $backend:expr) => {
        Entry {
            component: Component::$component,
            name: $name,
            feature: $feature,
            #[cfg(feature = $feature)]
            backend: Some(Arc::new($backend)),
            #[cfg(not(feature = $feature))]
            backend: None,
        }
    };
}

impl Default for Catalogue {
    fn default() -> Self {
        Self(vec![
            entry!(CircuitBreaker "native" "breaker" crate::build::breaker::Native),
            entry!(CircuitBreaker "failsafe" "breaker-failsafe" crate::build::breaker::Failsafe),
            entry!(CircuitBreaker "redis" "store-redis" crate::build::breaker::Shared::<InRedis>::default()),
            entry!(CircuitBreaker "postgres" "store-postgres" crate::build::breaker::Shared::<InPostgres>::default()),
            entry!(RateLimiter "native" "ratelimit" crate::build::rate_limit::Native),
            entry!(RateLimiter "governor" "ratelimit-governor" crate::build::rate_limit::Governor),
            entry!(RateLimiter "redis" "store-redis" crate::build::rate_limit::Shared::<InRedis>::default()),
            entry!(RateLimiter "postgres" "store-postgres" crate::build::rate_limit::Shared::<InPostgres>::default()),
            entry!(Bulkhead "semaphore" "bulkhead" crate::build::bulkhead::Semaphore),
            entry!(Bulkhead "redis" "store-redis" crate::build::bulkhead::Shared::<InRedis>::default()),
            entry!(Bulkhead "postgres" "store-postgres" crate::build::bulkhead::Shared::<InPostgres>::default()),
        ])
    }
}

impl Catalogue {
    /// Adds a backend of another crate.
    pub(crate) fn add<B: ComponentBackend>(&mut self, backend: B) {
        let (component, name) = (B::COMPONENT, B::NAME);
        self.0.push(Entry { component, name, feature: "", backend: Some(Arc::new(backend)) });
    }

    /// Returns the backends of a kind of component, the default one first.
    pub(crate) fn of(&self, component: Component) -> impl Iterator<Item = &Entry> {
        self.0.iter().filter(move |entry| entry.component == component)
    }

    /// Returns the problems of what code registered.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let mut problems = Vec::new();
        for (nth, entry) in self.0.iter().enumerate() {
            let table = table_name(entry.component);
            let mut reject = |wrong| problems.push(Problem::in_code(&[table, "backend"], wrong));
            if !matches!(table, "breaker" | "rate_limit" | "bulkhead") {
                let found =
                    format!("the backend `{}` is of no kind that settings start", entry.name);
                reject(Diagnostic::new(found).expected("a breaker, a rate limiter or a bulkhead"));
            }
            let same =
                |other: &&Entry| (other.component, other.name) == (entry.component, entry.name);
            if self.0[..nth].iter().any(|other| same(&other)) {
                let found = format!("two backends are named `{}`", entry.name);
                reject(Diagnostic::new(found).expected("a name for each"));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(ConfigError::new(problems)) }
    }

    /// Returns the backend that `table` names; reported if there is none.
    pub(crate) fn choose(
        &self,
        table: &Table<'_>,
        component: Component,
    ) -> Option<&Arc<dyn AnyBackend>> {
        let entries: Vec<_> = self.of(component).collect();
        let offers: Vec<_> = entries.iter().map(|entry| (entry.name, entry.feature)).collect();
        let names: Vec<_> = entries.iter().map(|entry| entry.name).collect();
        let at = match backend_of(table, &names) {
            Chosen::Itself => choose(table, &offers)?,
            Chosen::At(at) => at,
            Chosen::Problem => return None,
        };
        let entry = entries[at];
        if entry.backend.is_none() {
            reject_absent(table, entry.name, entry.feature);
        }
        entry.backend.as_ref()
    }

    /// Returns what to say of `key`, which the backend `chosen` does not have, if others have it.
    pub(crate) fn explain(&self, chosen: &dyn AnyBackend, key: &str) -> Option<Diagnostic> {
        let has = |defs: &[SettingDef]| defs.iter().any(|def| def.name() == key);
        let others = self.of(chosen.component()).filter_map(|entry| entry.backend.as_ref());
        let others: Vec<_> = others.filter(|other| has(other.settings())).collect();
        let names = others.iter().map(|other| format!("`backend = \"{}\"`", other.name()));
        let expected = names.collect::<Vec<_>>().join(" or ");
        let found = format!("the backend `{}` does not have this", chosen.name());
        (!others.is_empty()).then(|| Diagnostic::new(found).expected(expected))
    }
}

/// Returns which of the backends `table` names, the first if it names none; reported if it is another.
pub(super) fn choose(table: &Table<'_>, offers: &[(&str, &str)]) -> Option<usize> {
    let names: Vec<_> = offers.iter().map(|(name, _)| *name).collect();
    match table.raw("backend").map(|raw| index_of(&raw, &names)) {
        None => Some(0),
        Some(Ok(at)) => Some(at),
        Some(Err(wrong)) => {
            table.reject_value("backend", wrong.expected(one_of(&names)));
            None
        }
    }
}

/// Reports that `table` has a backend whose feature is off.
pub(super) fn reject_absent(table: &Table<'_>, name: &str, feature: &str) {
    let wrong = Diagnostic::new(format!("`{name}` is not compiled in"));
    table.reject_value("backend", wrong.expected(format!("feature `{feature}` enabled")));
}

/// Returns the table that has components of a kind.
pub(crate) const fn table_name(component: Component) -> &'static str {
    match component {
        Component::CircuitBreaker => "breaker",
        Component::RateLimiter => "rate_limit",
        Component::Bulkhead => "bulkhead",
        Component::ConnectionPool => "pool",
        Component::Budget => "budget",
        Component::Protection => "protection",
        Component::Store => "store",
        _ => "",
    }
}
