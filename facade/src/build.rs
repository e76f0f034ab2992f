//! Components, built from settings.

use seawall_core::{Component, Detail, Driver, Layer, Topic};

use crate::config::{Reader, Section};
use crate::registry::Registry;

mod backend;
mod breaker;
mod bulkhead;
#[cfg(any(feature = "breaker", feature = "ratelimit", feature = "ratelimit-governor"))]
mod keys;
pub(crate) mod pool;
mod protection;
mod rate_limit;
pub(crate) mod unused;

#[cfg(feature = "__pool")]
pub(crate) use self::pool::Kind;

/// Builds everything that `reader` describes; what is wrong is reported to it.
pub(crate) fn build(reader: &Reader, driver: &Driver) -> Registry {
    let root = reader.root();
    let mut registry = Registry::default();
    for (table, component, backends) in [
        ("breaker", Component::CircuitBreaker, breaker::BACKENDS),
        ("rate_limit", Component::RateLimiter, rate_limit::BACKENDS),
        ("bulkhead", Component::Bulkhead, bulkhead::BACKENDS),
    ] {
        for section in root.sections(table) {
            if let Some(built) = backend::start(section, backends, driver) {
                registry.add(component, built);
            }
        }
    }
    for section in root.sections("protection") {
        protection::configure(section, &root, driver, &mut registry);
    }
    finish(root);
    registry
}

/// Pools are built apart, since code gives their managers; without a backend for them, a table of them
/// is still known, so that what is said of it is to the point.
fn finish(root: Section<'_>) {
    #[cfg(not(feature = "__pool"))]
    for section in root.sections("pool") {
        let None = backend::choose(&section, pool::BACKENDS);
    }
    #[cfg(feature = "__pool")]
    root.ignore("pool");
    root.finish();
}

/// Tells the observers that a component is there.
pub(crate) fn announce(driver: &Driver, layer: &Layer) {
    driver.emit(Topic::ComponentStarted, layer, || Detail::None);
}
