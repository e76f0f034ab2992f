use std::sync::Arc;

use humantime::format_duration;
use seawall_core::{Component, Dynamic};

use crate::config::{Diagnostic, Section};
use crate::registry::{Configured, Registry};

/// The layers a protection can have, in the order in which they are asked. What gives back comes
/// before what decides, so that nothing stale is held, and tokens are not burnt on an open circuit.
const ORDER: [(&str, &str, Component); 3] = [
    ("rate_limit", "rate_limit", Component::RateLimiter),
    ("bulkhead", "bulkhead", Component::Bulkhead),
    ("breaker", "breaker", Component::CircuitBreaker),
];

/// Puts together the protection that `section` describes.
pub(super) fn configure(section: Section<'_>, root: &Section<'_>, registry: &mut Registry) {
    let mut layers = Vec::new();
    let mut described = false;
    for (key, table, component) in ORDER {
        let names = section.references(key, &root.names(table)).optional().unwrap_or_default();
        described |= section.has(key);
        for name in names {
            // One that could not be built was reported where it is described.
            if let Ok(built) = registry.component(component, &name) {
                layers.push(Arc::clone(&built.backend));
            }
        }
    }
    let deadline = section.duration("deadline").optional();
    let timeout = section.duration("timeout").check(|timeout| match deadline {
        Some(deadline) if timeout > deadline => Err(Diagnostic::new(format!(
            "the timeout can never pass: the deadline of {} ends the call first",
            format_duration(deadline)
        ))
        .expected("a duration up to the deadline")),
        _ => Ok(timeout),
    });
    let timeout = timeout.optional();
    if !(described || section.has("timeout") || section.has("deadline")) {
        let expected = "one of rate_limit, bulkhead, breaker, timeout, deadline";
        section.reject("breaker", Diagnostic::new("it protects nothing").expected(expected));
    }
    match Dynamic::new(section.name(), layers) {
        Ok(layers) => {
            registry.protect(section.name(), Configured { layers, timeout, deadline });
        }
        Err(too_deep) => section.reject("rate_limit", Diagnostic::new(too_deep.to_string())),
    }
    section.finish();
}
