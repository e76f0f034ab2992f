use seawall_core::Driver;

use crate::built::Built;
use crate::config::{Diagnostic, Section};

/// A backend that a component can have, under its name in the configuration. Features add backends;
/// they never change which one a name means, or which one is meant without a name: the first.
pub(super) struct BackendEntry<S = Start> {
    pub(super) name: &'static str,
    pub(super) feature: &'static str,
    /// Starts the component; `None` if the feature is off.
    pub(super) start: Option<S>,
}

/// The entry of a backend, without a start function where its feature is off.
macro_rules! backend {
    ($name:literal, $feature:literal, $start:expr) => {
        BackendEntry {
            name: $name,
            feature: $feature,
            #[cfg(feature = $feature)]
            start: Some($start),
            #[cfg(not(feature = $feature))]
            start: None,
        }
    };
}
pub(super) use backend;

/// Reads the rest of a table and starts what it describes, or reports what is wrong with it.
pub(super) type Start = fn(&Section<'_>, &Driver) -> Option<Built>;

/// Starts what `section` describes with the backend that it names.
pub(super) fn start(
    section: Section<'_>,
    backends: &[BackendEntry],
    driver: &Driver,
) -> Option<Built> {
    let start = choose(&section, backends)?;
    let built = start(&section, driver);
    section.finish();
    built
}

/// What starts the backend that `section` names; reported if its feature is off.
pub(super) fn choose<S: Copy>(section: &Section<'_>, backends: &[BackendEntry<S>]) -> Option<S> {
    let names: Vec<_> = backends.iter().enumerate().map(|(at, entry)| (entry.name, at)).collect();
    let chosen = section.one_of("backend", &names).or(0);
    let BackendEntry { name, feature, start } = &backends[chosen];
    if start.is_none() {
        let found = format!("`{name}` is not compiled in");
        let wrong = Diagnostic::new(found).expected(format!("feature `{feature}` enabled"));
        section.reject("backend", wrong);
    }
    *start
}

/// Reports the `keys` that only another backend, `theirs`, has.
#[cfg(any(feature = "breaker-failsafe", feature = "ratelimit-governor"))]
pub(super) fn reject_foreign(section: &Section<'_>, keys: &[&str], ours: &str, theirs: &str) {
    for key in keys.iter().filter(|key| section.has(key)) {
        section.ignore(key);
        let wrong = Diagnostic::new(format!("the backend `{ours}` does not have this"));
        section.reject(key, wrong.expected(format!("`backend = \"{theirs}\"`")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ConfigSource;

    const BACKENDS: &[BackendEntry<u8>] = &[
        BackendEntry { name: "first", feature: "part-first", start: None },
        BackendEntry { name: "second", feature: "part-second", start: Some(2) },
    ];

    /// What is chosen by `settings`, and what is wrong with them.
    fn chosen(settings: &str) -> (Option<u8>, Option<String>) {
        let reader = ConfigSource::new().toml_str(settings).read().expect("TOML");
        let root = reader.root();
        let section = root.section("part").optional();
        let chosen = choose(&section.unwrap_or_else(|| root.empty("parts", "it")), BACKENDS);
        (chosen, reader.finish().err().map(|error| error.to_string()))
    }

    #[test]
    fn what_is_compiled_in_is_chosen_by_its_name() {
        assert_eq!(chosen("[part]\nbackend = \"second\""), (Some(2), None));
    }

    #[test]
    fn what_is_not_is_reported_with_its_feature() {
        for settings in ["[part]\nbackend = \"first\"", "[part]", ""] {
            let (chosen, report) = chosen(settings);
            let report = report.expect(settings);
            assert_eq!(chosen, None);
            let is_said = report.contains("it.backend: ") || report.contains("part.backend: ");
            assert!(is_said, "{report}");
            let expected = "`first` is not compiled in; expected feature `part-first` enabled";
            assert!(report.ends_with(expected), "{report}");
        }
    }
}
