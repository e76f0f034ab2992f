use super::backend::Offer;

#[cfg(feature = "breaker-failsafe")]
mod failsafe;
#[cfg(feature = "breaker")]
mod native;

pub(super) const OFFERS: &[Offer] = &[
    Offer {
        name: "native",
        feature: "breaker",
        #[cfg(feature = "breaker")]
        start: Some(native::start),
        #[cfg(not(feature = "breaker"))]
        start: None,
    },
    Offer {
        name: "failsafe",
        feature: "breaker-failsafe",
        #[cfg(feature = "breaker-failsafe")]
        start: Some(failsafe::start),
        #[cfg(not(feature = "breaker-failsafe"))]
        start: None,
    },
];
