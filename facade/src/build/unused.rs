use seawall_core::Component;

use crate::config::{Diagnostic, Reader, nearest};
use crate::registry::Registry;

/// Reports components that only environment variables describe and that no protection and no pool
/// names: most often a misspelt variable, which would change nothing.
pub(crate) fn report(reader: &Reader, registry: &Registry) {
    let root = reader.root();
    for (table, component) in [
        ("breaker", Component::CircuitBreaker),
        ("rate_limit", Component::RateLimiter),
        ("bulkhead", Component::Bulkhead),
    ] {
        let names = root.names(table);
        for section in root.sections(table) {
            let name = section.name();
            if section.is_environment() && registry.is_idle(component, name) {
                let what = table.replace('_', " ");
                let found =
                    format!("no protection uses the {what} `{name}`, which no file describes");
                let others = names.iter().filter(|other| *other != name);
                let wrong = Diagnostic::new(found).suggest(nearest(name, others));
                section.reject_table(wrong.expected(format!("the name of a configured {what}")));
            }
        }
    }
}
