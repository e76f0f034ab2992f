use std::time::Duration;

use humantime::format_duration;
use seawall_core::policy::QuantileTimeout;
use seawall_core::{Component, MAX_DEPTH};

use super::{PlannedFallback, PlannedPolicy};
use crate::build::{ModeWord, table_name};
use crate::config::{Diagnostic, EffectiveSetting, OperationTime, Place, Preset, Reader, Table};

pub(super) mod settings;

use self::settings::{ATTEMPTS, BUDGET, DEADLINE, GROUPS, LAYERS, SETTINGS, TIMEOUT, TIMEOUT_MODE};

/// A protection that settings describe: its layers, in the order in which they are asked, its limits of
/// time, and what is done with calls that fail.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedProtection {
    pub(crate) name: Box<str>,
    pub(crate) layers: Vec<(Component, Box<str>)>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) policy: Option<PlannedPolicy>,
    pub(crate) fallback: Option<PlannedFallback>,
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

    /// Returns the time for the operation, if it is fixed.
    #[must_use]
    pub const fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Returns the time for the whole call, waiting included.
    #[must_use]
    pub const fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// Returns what is done with calls that fail or take long, if anything is.
    #[must_use]
    pub const fn policy(&self) -> Option<&PlannedPolicy> {
        self.policy.as_ref()
    }

    /// Returns the name of the protection that replaces errors, if there is one.
    #[must_use]
    pub fn fallback(&self) -> Option<&str> {
        self.fallback.as_ref().map(|fallback| &*fallback.to)
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

    /// Returns true if both have the same layers, limits and policy.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.layers, self.timeout, self.deadline, &self.policy, &self.fallback)
            == (&other.layers, other.timeout, other.deadline, &other.policy, &other.fallback)
    }

    /// Returns what `preset` says of a protection.
    pub(crate) fn of(preset: Preset) -> Self {
        let reader = Reader::of_preset(preset);
        let root = reader.root();
        let tables = root.tables_in("protection");
        Self::read(tables.first().expect("BUG: the preset has a protection"), &root)
    }

    /// Reads `table`, which is in `root`.
    pub(super) fn read(table: &Table<'_>, root: &Table<'_>) -> Self {
        if table.is_empty() {
            table.reject_table(Diagnostic::new("the protection is empty").expected(ONE_OF));
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
        let (time, deadline) = (table.get(&TIMEOUT), table.get(&DEADLINE));
        if let Some(OperationTime::Fixed(timeout)) = time
            && let Some(wrong) = never_passes(Some(timeout), deadline)
        {
            table.reject(TIMEOUT, wrong);
        }
        let mode = table.get(&TIMEOUT_MODE).unwrap_or_default();
        let (timeout, quantile) = match (time, mode) {
            (Some(OperationTime::Fixed(timeout)), ModeWord::Enforce) => (Some(timeout), None),
            (Some(OperationTime::Fixed(timeout)), ModeWord::Observe) => {
                (None, observed(table, timeout))
            }
            (Some(OperationTime::Quantile(quantile)), ModeWord::Enforce | ModeWord::Observe) => {
                (None, Some(quantile.observe(mode == ModeWord::Observe)))
            }
            (None, _) | (_, ModeWord::Off) => (None, None),
        };
        for (key, wrong) in table.idle(settings::needs()) {
            table.reject(key, wrong);
        }
        let is_breaker = |(component, _): &&(_, _)| *component == Component::CircuitBreaker;
        let last = layers.iter().rfind(is_breaker);
        let target = last.map_or(table.name(), |(_, name): &(_, Box<str>)| name);
        let policy = PlannedPolicy::read(table, root, quantile, target);
        let fallback = PlannedFallback::read(table, root);
        table.close(&[], SETTINGS, &meant);
        let is_effective =
            |needs: &[&str]| needs.is_empty() || needs.iter().any(|need| table.is_set(need));
        let groups = GROUPS.into_iter().filter(|(_, needs)| is_effective(needs));
        let settings = groups.flat_map(|(defs, _)| table.effective(defs));
        let settings = settings.map(|setting| match setting.name() == BUDGET.name() {
            true => setting.amounting_to(target),
            false => setting,
        });
        let settings = settings.collect();
        let (name, place) = (table.name().into(), table.place());
        Self { name, layers, timeout, deadline, policy, fallback, settings, place }
    }
}

/// Returns a fixed timeout that is only observed.
fn observed(table: &Table<'_>, timeout: Duration) -> Option<QuantileTimeout> {
    const SHORTEST: Duration = Duration::from_millis(1);
    if timeout < SHORTEST {
        let wrong = Diagnostic::new("a timeout of less than 1ms is too short to be observed");
        table.reject(TIMEOUT_MODE, wrong.expected("a timeout of 1ms or more with it"));
        return None;
    }
    Some(QuantileTimeout::new().min(timeout).max(timeout).observe(true))
}

/// Returns what was meant by a key of other libraries, or of layers.
fn meant(key: &str) -> Option<Diagnostic> {
    let meant = match key {
        "mode" => {
            let wrong = Diagnostic::new("a protection has a mode for each of its policies");
            let expected =
                "`timeout_mode`, `attempts_mode` or `hedge_mode`; a layer has its own `mode`";
            return Some(wrong.expected(expected));
        }
        "deadline_mode" => {
            let found = "a deadline is always obeyed: after it, no caller waits for the answer";
            return Some(Diagnostic::new(found));
        }
        "retry" | "retries" | "max_attempts" | "max_retries" => ATTEMPTS.name(),
        _ => return None,
    };
    Some(Diagnostic::new("unknown key").suggest(Some(meant)))
}

/// What a protection has at least.
pub(crate) const ONE_OF: &str = "one of rate_limit, bulkhead, breaker, timeout, deadline, attempts";

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
