//! Pools: which backends there are, and what their tables say.

#[cfg(feature = "__pool")]
use seawall_core::pool::PoolOptions;
#[cfg(feature = "__pool")]
use seawall_core::{InvalidOption, Layer};

#[cfg(feature = "__pool")]
use crate::build::OnChange;
use crate::config::Table;

#[cfg(feature = "__pool")]
mod planned;
#[cfg(feature = "__pool")]
mod settings;

#[cfg(feature = "__pool")]
pub(crate) use self::planned::{PlannedPool, read};
#[cfg(feature = "__pool")]
pub(crate) use self::settings::SETTINGS;

/// The backend of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    #[cfg(feature = "pool")]
    Native,
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
            #[cfg(feature = "pool")]
            Self::Native => "native",
            #[cfg(feature = "pool-deadpool")]
            Self::Deadpool => "deadpool",
            #[cfg(feature = "pool-r2d2")]
            Self::R2d2 => "r2d2",
            #[cfg(feature = "pool-bb8")]
            Self::Bb8 => "bb8",
        }
    }

    /// Returns the problems of `options`: those that are invalid, and those that the backend lacks.
    fn problems(self, layer: &Layer, options: &PoolOptions) -> Vec<InvalidOption> {
        match self {
            #[cfg(feature = "pool")]
            Self::Native => options.problems(layer),
            #[cfg(feature = "pool-deadpool")]
            Self::Deadpool => seawall_pool_deadpool::LACKS.problems(layer, options),
            #[cfg(feature = "pool-r2d2")]
            Self::R2d2 => seawall_pool_r2d2::LACKS.problems(layer, options),
            #[cfg(feature = "pool-bb8")]
            Self::Bb8 => seawall_pool_bb8::LACKS.problems(layer, options),
        }
    }

    /// Returns what becomes of a running pool whose options change from `old` to `new`.
    fn on_change(self, old: &PoolOptions, new: &PoolOptions) -> OnChange {
        // The native pool changes all options, whatever they were.
        let _ = old;
        // Seawall limits waits itself, beside any library.
        let with_waits = |options: &PoolOptions| {
            let mut options = options.clone().with_checkout_timeout(new.checkout_timeout);
            options.max_waiting = new.max_waiting;
            options
        };
        let (reachable, limit) = match self {
            #[cfg(feature = "pool")]
            Self::Native => (with_waits(new), ""),
            #[cfg(feature = "pool-deadpool")]
            Self::Deadpool => (
                with_waits(old).with_max_size(new.max_size),
                "deadpool can only change `max_size`, `checkout_timeout` and `max_waiting`",
            ),
            #[cfg(feature = "pool-r2d2")]
            Self::R2d2 => {
                (with_waits(old), "r2d2 can only change `checkout_timeout` and `max_waiting`")
            }
            #[cfg(feature = "pool-bb8")]
            Self::Bb8 => {
                (with_waits(old), "bb8 can only change `checkout_timeout` and `max_waiting`")
            }
        };
        if reachable == *new { OnChange::InPlace } else { OnChange::Restart(limit) }
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
    backend!("native", "pool", Native),
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
