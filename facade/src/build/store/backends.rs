use crate::build::catalogue::reject_absent;
use crate::config::{Diagnostic, NameOf, Setting, SettingDef, Table, index_of, one_of};

/// The name of the table, and of the setting that refers to it.
pub(super) const STORE_TABLE: &str = "store";

/// The setting by which a component refers to a store.
pub(in crate::build) const STORE: Setting<NameOf> =
    Setting::name_of("store", STORE_TABLE, "name of the store: of a table `[store.NAME]`");

#[cfg(feature = "__store")]
/// A kind of store, as a type: for backends of components that are the same in all of them.
pub(in crate::build) trait InStore: Send + Sync + 'static {
    /// The name in settings.
    const NAME: &'static str;
}

/// Marks what is kept in Redis.
#[cfg(feature = "store-redis")]
#[derive(Default)]
pub(in crate::build) struct InRedis;

#[cfg(feature = "store-redis")]
impl InStore for InRedis {
    const NAME: &'static str = "redis";
}

/// Marks what is kept in PostgreSQL.
#[cfg(feature = "store-postgres")]
#[derive(Default)]
pub(in crate::build) struct InPostgres;

#[cfg(feature = "store-postgres")]
impl InStore for InPostgres {
    const NAME: &'static str = "postgres";
}

/// A kind of store.
pub(crate) struct StoreBackend {
    pub(crate) name: &'static str,
    /// The feature that has it.
    pub(crate) feature: &'static str,
    /// `None` if the feature is off.
    pub(crate) settings: Option<&'static [SettingDef]>,
}

macro_rules! backend {
    ($name:literal $feature:literal $settings:expr) => {
        StoreBackend {
            name: $name,
            feature: $feature,
            #[cfg(feature = $feature)]
            settings: Some($settings),
            #[cfg(not(feature = $feature))]
            settings: None,
        }
    };
}

pub(crate) const BACKENDS: &[StoreBackend] = &[
    backend!("redis" "store-redis" super::redis::SETTINGS),
    backend!("postgres" "store-postgres" super::postgres::SETTINGS),
];

/// Returns the kind of store that the table of a store names. Reported if there is none.
pub(super) fn choose(table: &Table<'_>) -> Option<&'static StoreBackend> {
    let names: Vec<_> = BACKENDS.iter().map(|backend| backend.name).collect();
    let wrong = match table.raw("backend").map(|raw| index_of(&raw, &names)) {
        Some(Ok(at)) => {
            let backend = &BACKENDS[at];
            if backend.settings.is_none() {
                reject_absent(table, backend.name, backend.feature);
            }
            return backend.settings.and(Some(backend));
        }
        Some(Err(wrong)) => wrong,
        None => Diagnostic::new("missing"),
    };
    table.reject_value("backend", wrong.expected(one_of(&names)));
    None
}

/// Which backend a component has by the store that its table refers to.
pub(in crate::build) enum Chosen {
    /// Its table does not refer to a store, or names its backend itself.
    Itself,
    /// The one at this position.
    At(usize),
    /// There is a problem, which is reported.
    Problem,
}

/// Returns which of the backends `names` the component of `table` has by its store.
pub(in crate::build) fn backend_of(table: &Table<'_>, names: &[&str]) -> Chosen {
    let is_kept = BACKENDS.iter().any(|backend| names.contains(&backend.name));
    let is_own = |name: &str| table.is_set(name) && !table.is_default_of_component(name);
    let is_named = is_own("backend") || table.is_set("backend") && !is_own(STORE.name());
    if !is_kept || !table.is_set(STORE) || is_named {
        return Chosen::Itself;
    }
    let root = table.root();
    let Some(name) = table.reference(&STORE, &root.configured(STORE_TABLE)) else {
        return Chosen::Problem;
    };
    let store = root.tables_in(STORE_TABLE).into_iter().find(|store| store.name() == name);
    let chosen = store.and_then(|store| store.text_of("backend"));
    // Without a backend, the problem is the store's.
    let at = chosen.and_then(|chosen| names.iter().position(|name| *name == chosen));
    at.map_or(Chosen::Problem, Chosen::At)
}

/// Returns true if there is a problem with the store that `table` refers to.
pub(crate) fn is_rejected(table: &Table<'_>) -> bool {
    let name = table.text_of(STORE.name());
    let stores = table.root().tables_in(STORE_TABLE);
    name.is_some_and(|name| stores.iter().any(|store| store.name() == name && store.is_rejected()))
}

/// Checks the values that hold for all stores.
pub(crate) fn check_defaults(table: &Table<'_>) {
    if table.raw("backend").is_some() {
        choose(table);
    }
    let defs = BACKENDS.iter().filter_map(|backend| backend.settings);
    let defs = defs.collect::<Vec<_>>().concat();
    if !defs.is_empty() {
        table.check_defaults(&["backend"], &defs);
    }
}

/// Reports the stores of which no kind is compiled in.
#[cfg(not(feature = "__store"))]
pub(crate) fn reject(root: &Table<'_>) {
    for table in root.tables_in(STORE_TABLE) {
        choose(&table);
    }
}
