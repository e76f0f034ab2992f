//! Pools: which backends there are, and what their tables say.

use super::backend::Offer;

#[cfg(any(feature = "pool-bb8", feature = "pool-deadpool", feature = "pool-r2d2"))]
mod given;

#[cfg(any(feature = "pool-bb8", feature = "pool-deadpool", feature = "pool-r2d2"))]
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

pub(super) const OFFERS: &[Offer<Kind>] = &[
    Offer {
        name: "deadpool",
        feature: "pool-deadpool",
        #[cfg(feature = "pool-deadpool")]
        start: Some(Kind::Deadpool),
        #[cfg(not(feature = "pool-deadpool"))]
        start: None,
    },
    Offer {
        name: "r2d2",
        feature: "pool-r2d2",
        #[cfg(feature = "pool-r2d2")]
        start: Some(Kind::R2d2),
        #[cfg(not(feature = "pool-r2d2"))]
        start: None,
    },
    Offer {
        name: "bb8",
        feature: "pool-bb8",
        #[cfg(feature = "pool-bb8")]
        start: Some(Kind::Bb8),
        #[cfg(not(feature = "pool-bb8"))]
        start: None,
    },
];
