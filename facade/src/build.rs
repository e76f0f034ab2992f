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

#[cfg(any(feature = "pool-bb8", feature = "pool-deadpool", feature = "pool-r2d2"))]
pub(crate) use self::pool::Kind;

/// Builds everything that `reader` describes; what is wrong is reported to it.
pub(crate) fn build(reader: &Reader, driver: &Driver) -> Registry {
    let root = reader.root();
    let mut registry = Registry::default();
    for (table, component, offers) in [
        ("breaker", Component::CircuitBreaker, breaker::OFFERS),
        ("rate_limit", Component::RateLimiter, rate_limit::OFFERS),
        ("bulkhead", Component::Bulkhead, bulkhead::OFFERS),
    ] {
        for section in root.sections(table) {
            if let Some(part) = backend::start(section, offers, driver) {
                registry.add(component, part);
            }
        }
    }
    for section in root.sections("protection") {
        protection::configure(section, &root, &mut registry);
    }
    finish(root);
    registry
}

/// Pools are built apart, since code gives their managers; without a backend for them, a table of them
/// is still known, so that what is said of it is to the point.
fn finish(root: Section<'_>) {
    #[cfg(not(any(feature = "pool-bb8", feature = "pool-deadpool", feature = "pool-r2d2")))]
    for section in root.sections("pool") {
        let None = backend::choose(&section, pool::OFFERS);
    }
    #[cfg(any(feature = "pool-bb8", feature = "pool-deadpool", feature = "pool-r2d2"))]
    root.ignore("pool");
    root.finish();
}

/// Tells the observers that a component is there.
pub(crate) fn announce(driver: &Driver, layer: &Layer) {
    driver.emit(Topic::ComponentStarted, layer, || Detail::None);
}
