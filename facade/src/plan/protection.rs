use std::time::Duration;

use humantime::format_duration;
use seawall_core::{Component, MAX_DEPTH};

use crate::build::table_name;
use crate::config::{Diagnostic, EffectiveSetting, Names, Place, Setting, SettingDef, Table};

/// The layers that a protection can have, in the order in which they are asked. Layers that make a
/// call wait come before those whose answer becomes stale, so that no probe is held while waiting.
const LAYERS: [(Component, Setting<Names>); 3] = [
    (
        Component::RateLimiter,
        Setting::names("rate_limit", "rate_limit", "rate limit, or list of rate limits"),
    ),
    (Component::Bulkhead, Setting::names("bulkhead", "bulkhead", "bulkhead, or list of bulkheads")),
    (
        Component::CircuitBreaker,
        Setting::names("breaker", "breaker", "breaker, or list of breakers"),
    ),
];

const TIMEOUT: Setting<Duration> = Setting::duration("timeout", "time for the operation");

const DEADLINE: Setting<Duration> =
    Setting::duration("deadline", "time for the whole call, waiting included");

/// The settings of a protection.
pub(crate) const SETTINGS: &[SettingDef] =
    &[LAYERS[0].1.def(), LAYERS[1].1.def(), LAYERS[2].1.def(), TIMEOUT.def(), DEADLINE.def()];

/// A protection that settings describe: its layers, in the order in which they are asked, and its
/// limits of time.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedProtection {
    pub(crate) name: Box<str>,
    pub(crate) layers: Vec<(Component, Box<str>)>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) settings: Vec<EffectiveSetting>,
    pub(crate) place: Place,
}

impl PlannedProtection {
    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the layers in the order in which they are asked.
    pub fn layers(&self) -> impl Iterator<Item = (Component, &str)> {
        self.layers.iter().map(|(component, name)| (*component, &**name))
    }

    /// Returns the time for the operation.
    #[must_use]
    pub const fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Returns the time for the whole call, waiting included.
    #[must_use]
    pub const fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// Returns the settings in effect.
    #[must_use]
    pub fn settings(&self) -> &[EffectiveSetting] {
        &self.settings
    }

    /// Returns the place of the protection's table.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// Returns true if both have the same layers and limits.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.layers, self.timeout, self.deadline)
            == (&other.layers, other.timeout, other.deadline)
    }

    /// Reads `table`, which is in `root`.
    pub(super) fn read(table: &Table<'_>, root: &Table<'_>) -> Self {
        if table.is_empty() {
            let expected = "one of rate_limit, bulkhead, breaker, timeout, deadline";
            let wrong = Diagnostic::new("the protection is empty");
            table.reject_table(wrong.expected(expected));
        }
        let mut layers = Vec::new();
        for (component, setting) in &LAYERS {
            let configured = root.configured(table_name(*component));
            let names = table.references(setting, &configured);
            layers.extend(names.into_iter().map(|name| (*component, name.into())));
        }
        if layers.len() > MAX_DEPTH {
            let found =
                format!("a protection has at most {MAX_DEPTH} layers, not {}", layers.len());
            table.reject_table(Diagnostic::new(found).expected("one nested in another"));
        }
        let (timeout, deadline) = (table.get(&TIMEOUT), table.get(&DEADLINE));
        if let Some(wrong) = never_passes(timeout, deadline) {
            table.reject(TIMEOUT, wrong);
        }
        table.close(&[], SETTINGS, &|_| None);
        let (name, settings) = (table.name().into(), table.effective(SETTINGS));
        Self { name, layers, timeout, deadline, settings, place: table.place() }
    }
}

/// Returns what is wrong with a timeout that is longer than the deadline.
pub(crate) fn never_passes(
    timeout: Option<Duration>,
    deadline: Option<Duration>,
) -> Option<Diagnostic> {
    let deadline =
        deadline.filter(|deadline| timeout.is_some_and(|timeout| timeout > *deadline))?;
    let deadline = format_duration(deadline);
    let found = format!("it never passes, as the `deadline` of {deadline} ends the call");
    Some(Diagnostic::new(found).expected(format!("{deadline} at most")))
}
