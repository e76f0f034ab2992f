use super::backend::{BackendEntry, backend};

#[cfg(feature = "breaker-failsafe")]
mod failsafe;
#[cfg(feature = "breaker")]
mod native;

pub(super) const BACKENDS: &[BackendEntry] = &[
    backend!("native", "breaker", native::start),
    backend!("failsafe", "breaker-failsafe", failsafe::start),
];
