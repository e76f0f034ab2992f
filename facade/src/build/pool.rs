//! Pools: which backends there are, and what their tables say.

use super::backend::{BackendEntry, backend};

#[cfg(feature = "__pool")]
mod given;

#[cfg(feature = "__pool")]
pub(crate) use self::given::build;

/// What keeps the idle resources of a pool.
#[derive(Clone, Copy, Debug)]
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

pub(super) const BACKENDS: &[BackendEntry<Kind>] = &[
    backend!("deadpool", "pool-deadpool", Kind::Deadpool),
    backend!("r2d2", "pool-r2d2", Kind::R2d2),
    backend!("bb8", "pool-bb8", Kind::Bb8),
];
