use humantime::format_duration;
use seawall_core::{Component, Driver, Stack};

use crate::AnyLayer;
use crate::config::{Diagnostic, Names, Section};
use crate::registry::Registry;

/// The layers that a protection can have, in the order in which they are asked. Layers that make a
/// call wait come before those whose answer becomes stale, so that no probe is held while waiting.
const ORDER: [(&str, &str, Component); 3] = [
    ("rate_limit", "rate_limit", Component::RateLimiter),
    ("bulkhead", "bulkhead", Component::Bulkhead),
    ("breaker", "breaker", Component::CircuitBreaker),
];

/// Builds the protection that `section` describes.
pub(super) fn configure(
    section: Section<'_>,
    root: &Section<'_>,
    driver: &Driver,
    registry: &mut Registry,
) {
    if section.is_empty() {
        let expected = "one of rate_limit, bulkhead, breaker, timeout, deadline";
        section.reject_table(Diagnostic::new("the protection is empty").expected(expected));
    }
    let mut all = Vec::new();
    for (key, table, component) in ORDER {
        let names = root.names(table);
        all.extend(layers(&section, key, &names, component, registry));
    }
    let deadline = section.duration("deadline").optional();
    let timeout = section.duration("timeout").check(|timeout| match deadline {
        Some(deadline) if timeout > deadline => {
            let deadline = format_duration(deadline);
            let found = format!("it never passes, as the `deadline` of {deadline} ends the call");
            Err(Diagnostic::new(found).expected(format!("{deadline} at most")))
        }
        _ => Ok(timeout),
    });
    let timeout = timeout.optional();
    match Stack::new(section.name(), all) {
        Ok(layers) => {
            let snapshot = driver.handle(layers).with_limits(timeout, deadline);
            registry.protect(section.name(), snapshot);
        }
        Err(invalid) => section.reject_table(Diagnostic::new(invalid.to_string())),
    }
    section.finish();
}

/// Returns the components that `section` names under `key`, each of which may be named once only. One
/// that could not be built was reported at its own table.
pub(in crate::build) fn layers(
    section: &Section<'_>,
    key: &str,
    names: &Names,
    component: Component,
    registry: &Registry,
) -> Vec<AnyLayer> {
    let names = section.references(key, names).optional().unwrap_or_default();
    let layer = |name: &String| Some(registry.component(component, name).ok()?.layer.clone());
    names.iter().filter_map(layer).collect()
}
