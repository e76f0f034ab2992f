use super::backend::Offer;

#[cfg(any(feature = "ratelimit", feature = "ratelimit-governor"))]
mod common;
#[cfg(feature = "ratelimit-governor")]
mod governor;
#[cfg(feature = "ratelimit")]
mod native;

pub(super) const OFFERS: &[Offer] = &[
    Offer {
        name: "native",
        feature: "ratelimit",
        #[cfg(feature = "ratelimit")]
        start: Some(native::start),
        #[cfg(not(feature = "ratelimit"))]
        start: None,
    },
    Offer {
        name: "governor",
        feature: "ratelimit-governor",
        #[cfg(feature = "ratelimit-governor")]
        start: Some(governor::start),
        #[cfg(not(feature = "ratelimit-governor"))]
        start: None,
    },
];
