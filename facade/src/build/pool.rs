//! Pools: which backends there are, and what their tables say.

use crate::config::Table;

#[cfg(feature = "__pool")]
mod planned;
#[cfg(feature = "__pool")]
mod settings;

#[cfg(feature = "__pool")]
pub(crate) use self::planned::{PlannedPool, read};
#[cfg(feature = "__pool")]
pub(crate) use self::settings::SETTINGS;

/// What keeps the idle resources of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    #[cfg(feature = "pool-deadpool")]
    Deadpool,
    #[cfg(feature = "pool-r2d2")]
    R2d2,
    #[cfg(feature = "pool-bb8")]
    Bb8,
}

#[cfg(feature = "__pool")]
impl Kind {
    /// The backend's name in settings.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            #[cfg(feature = "pool-deadpool")]
            Self::Deadpool => "deadpool",
            #[cfg(feature = "pool-r2d2")]
            Self::R2d2 => "r2d2",
            #[cfg(feature = "pool-bb8")]
            Self::Bb8 => "bb8",
        }
    }
}

/// A backend of pools under its name; without a kind, one whose feature is off.
pub(crate) struct PoolBackend {
    pub(crate) name: &'static str,
    pub(crate) feature: &'static str,
    pub(crate) kind: Option<Kind>,
}

macro_rules! backend {
    ($name:literal, $feature:literal, $kind:ident) => {
        PoolBackend {
            name: $name,
            feature: $feature,
            #[cfg(feature = $feature)]
            kind: Some(Kind::$kind),
            #[cfg(not(feature = $feature))]
            kind: None,
        }
    };
}

/// The backends, the default one first.
pub(crate) const BACKENDS: &[PoolBackend] = &[
    backend!("deadpool", "pool-deadpool", Deadpool),
    backend!("r2d2", "pool-r2d2", R2d2),
    backend!("bb8", "pool-bb8", Bb8),
];

/// Returns the backend that `table` names; reported if there is none.
fn choose(table: &Table<'_>) -> Option<Kind> {
    let offers: Vec<_> = BACKENDS.iter().map(|backend| (backend.name, backend.feature)).collect();
    let backend = &BACKENDS[super::catalogue::choose(table, &offers)?];
    if backend.kind.is_none() {
        super::catalogue::reject_absent(table, backend.name, backend.feature);
    }
    backend.kind
}

/// Reports the tables of pools where no backend is compiled in, so that the report names the feature.
#[cfg(not(feature = "__pool"))]
pub(crate) fn reject(root: &Table<'_>) {
    for table in root.tables_in("pool") {
        let None = choose(&table);
    }
}
