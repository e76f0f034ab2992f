use super::backend::{BackendEntry, backend};

#[cfg(any(feature = "ratelimit", feature = "ratelimit-governor"))]
mod common;
#[cfg(feature = "ratelimit-governor")]
mod governor;
#[cfg(feature = "ratelimit")]
mod native;

pub(super) const BACKENDS: &[BackendEntry] = &[
    backend!("native", "ratelimit", native::start),
    backend!("governor", "ratelimit-governor", governor::start),
];
