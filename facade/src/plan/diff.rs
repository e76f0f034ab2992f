use std::fmt;

use seawall_core::{Component, Layer};
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::entry::Entry;
use super::{Plan, PlannedComponent, PlannedProtection};
use crate::config::EffectiveSetting;
use crate::settings::OnChange;

/// The difference of two plans: what is added, removed and changed, with the values of each setting
/// before and after, and whether the component keeps its state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanDiff {
    changes: Vec<PlannedChange>,
}

/// A component, a pool or a protection that differs between two plans.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedChange {
    layer: Layer,
    kind: ChangeKind,
    backends: [Option<&'static str>; 2],
    settings: Vec<SettingChange>,
}

/// What becomes of a component, a pool or a protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is no longer there.
    Removed,
    /// It changes while it runs, and keeps its state.
    Changed,
    /// It is replaced by a new one, for this reason, and its state is lost.
    Restarted(&'static str),
}

/// A setting whose value differs between two plans.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingChange {
    /// The setting before; `None` if it was off.
    pub old: Option<EffectiveSetting>,
    /// The setting afterwards; `None` if it is off.
    pub new: Option<EffectiveSetting>,
}

impl PlanDiff {
    /// Returns what differs between `old` and `new`.
    #[must_use]
    pub fn between(old: &Plan, new: &Plan) -> Self {
        let before: Vec<_> = old.entries().collect();
        let after: Vec<_> = new.entries().collect();
        let find = |entries: &[Entry<'_>], entry: &Entry<'_>| {
            entries
                .iter()
                .position(|other| (other.component, other.name) == (entry.component, entry.name))
        };
        let mut changes = Vec::new();
        for entry in &before {
            match find(&after, entry) {
                None => changes.push(PlannedChange::of(ChangeKind::Removed, Some(entry), None)),
                Some(at) => {
                    let kind = old.on_change(new, entry.component, entry.name);
                    let change = |kind| PlannedChange::of(kind, Some(entry), Some(&after[at]));
                    changes.extend(kind.map(change));
                }
            }
        }
        let is_new = |entry: &&Entry<'_>| find(&before, entry).is_none();
        let added = after.iter().filter(is_new);
        changes.extend(added.map(|entry| PlannedChange::of(ChangeKind::Added, None, Some(entry))));
        changes.sort_by(|a, b| (a.component(), a.name()).cmp(&(b.component(), b.name())));
        Self { changes }
    }

    /// Returns what differs, by kind of component and name.
    #[must_use]
    pub fn changes(&self) -> &[PlannedChange] {
        &self.changes
    }

    /// Returns true if nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl Plan {
    /// Returns what becomes of a component that both plans have; `None` if it is the same in both.
    fn on_change(&self, new: &Self, component: Component, name: &str) -> Option<ChangeKind> {
        if component == Component::Protection {
            let (old, new) = (self.protections.get(name)?, new.protections.get(name)?);
            return (!PlannedProtection::is_same(old, new)).then_some(ChangeKind::Changed);
        }
        if component == Component::Budget {
            let (old, new) = (self.budgets.get(name)?, new.budgets.get(name)?);
            return (!old.is_same(new)).then(|| old.on_change(new).into());
        }
        if component == Component::Coalescer {
            let (old, new) = (self.coalescers.get(name)?, new.coalescers.get(name)?);
            return (!old.is_same(new)).then(|| old.on_change(new).into());
        }
        #[cfg(feature = "__store")]
        if component == Component::Store {
            let (old, new) = (self.stores.get(name)?, new.stores.get(name)?);
            return (!old.is_same(new)).then(|| old.on_change(new).into());
        }
        #[cfg(feature = "__pool")]
        if component == Component::ConnectionPool {
            let (old, new) = (self.pools.get(name)?, new.pools.get(name)?);
            return (!old.is_same(new)).then(|| old.on_change(new).into());
        }
        let key = (component, Box::from(name));
        let (old, new) = (self.components.get(&key)?, new.components.get(&key)?);
        (!PlannedComponent::is_same(old, new)).then(|| old.on_change(new).into())
    }
}

impl PlannedChange {
    fn of(kind: ChangeKind, old: Option<&Entry<'_>>, new: Option<&Entry<'_>>) -> Self {
        let layer = new.or(old).map(Entry::layer);
        let settings_of = |entry: Option<&Entry<'_>>| {
            entry.map_or_else(Vec::new, |entry| entry.settings.to_vec())
        };
        let (old_settings, new_settings) = (settings_of(old), settings_of(new));
        let named = |settings: &[EffectiveSetting], name: &str| {
            settings.iter().find(|setting| setting.name() == name).cloned()
        };
        let only_new = new_settings.iter().filter(|new| named(&old_settings, new.name()).is_none());
        let all = old_settings.iter().chain(only_new);
        let settings = all.map(|setting| SettingChange {
            old: named(&old_settings, setting.name()),
            new: named(&new_settings, setting.name()),
        });
        let settings = settings.filter(SettingChange::is_change).collect();
        let backend = |entry: Option<&Entry<'_>>| entry.and_then(|entry| entry.backend);
        let layer = layer.expect("BUG: a change of nothing");
        Self { layer, kind, backends: [backend(old), backend(new)], settings }
    }

    /// Returns the kind and the name of what changes.
    #[must_use]
    pub const fn layer(&self) -> &Layer {
        &self.layer
    }

    /// Returns the kind of what changes.
    #[must_use]
    pub fn component(&self) -> Component {
        self.layer.component()
    }

    /// Returns the name of what changes.
    #[must_use]
    pub fn name(&self) -> &str {
        self.layer.name().as_str()
    }

    /// Returns what becomes of it.
    #[must_use]
    pub const fn kind(&self) -> ChangeKind {
        self.kind
    }

    /// Returns true if its state is lost: it is removed, or replaced by a new one.
    #[must_use]
    pub const fn loses_state(&self) -> bool {
        matches!(self.kind, ChangeKind::Removed | ChangeKind::Restarted(_))
    }

    /// Returns the names of the backends before and after, where there is one.
    #[must_use]
    pub const fn backends(&self) -> [Option<&'static str>; 2] {
        self.backends
    }

    /// Returns the settings that differ.
    #[must_use]
    pub fn settings(&self) -> &[SettingChange] {
        &self.settings
    }
}

impl SettingChange {
    fn is_change(&self) -> bool {
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => !old.is_same(new),
            // With another backend, defaults come and go.
            (one, other) => {
                one.iter().chain(other).any(|setting| setting.source().place().is_some())
            }
        }
    }

    /// Returns the name of the setting.
    #[must_use]
    pub fn name(&self) -> &str {
        self.new.as_ref().or(self.old.as_ref()).map_or("", EffectiveSetting::name)
    }
}

impl fmt::Display for PlanDiff {
    /// Writes a paragraph for each change, or `no changes`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("no changes");
        }
        for (nth, change) in self.changes.iter().enumerate() {
            if nth > 0 {
                f.write_str("\n")?;
            }
            change.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for PlannedChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.layer, self.kind)?;
        if let [Some(old), Some(new)] = self.backends
            && old != new
        {
            write!(f, "\n  backend: {old} → {new}")?;
        }
        if matches!(self.kind, ChangeKind::Changed | ChangeKind::Restarted(_)) {
            self.settings.iter().try_for_each(|setting| write!(f, "\n  {setting}"))?;
        }
        Ok(())
    }
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added => f.write_str("added"),
            Self::Removed => f.write_str("removed"),
            Self::Changed => f.write_str("changed, keeps its state"),
            Self::Restarted(reason) => {
                write!(f, "started anew, loses its state: {reason}")
            }
        }
    }
}

impl From<OnChange> for ChangeKind {
    fn from(on_change: OnChange) -> Self {
        match on_change {
            OnChange::InPlace => Self::Changed,
            OnChange::Restart(reason) => Self::Restarted(reason),
        }
    }
}

impl fmt::Display for SettingChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.name())?;
        match &self.old {
            Some(old) => f.write_str(&old.shown())?,
            None => f.write_str("off")?,
        }
        match &self.new {
            Some(new) => write!(f, " → {} ({})", new.shown(), new.source()),
            None => f.write_str(" → off"),
        }
    }
}

impl Serialize for PlanDiff {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.changes.serialize(serializer)
    }
}

impl Serialize for PlannedChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (kind, reason) = match self.kind {
            ChangeKind::Added => ("added", None),
            ChangeKind::Removed => ("removed", None),
            ChangeKind::Changed => ("changed", None),
            ChangeKind::Restarted(reason) => ("restarted", Some(reason)),
        };
        let mut fields = serializer.serialize_struct("PlannedChange", 7)?;
        fields.serialize_field("component", self.layer.component().as_str())?;
        fields.serialize_field("name", self.layer.name().as_str())?;
        fields.serialize_field("change", kind)?;
        fields.serialize_field("reason", &reason)?;
        fields.serialize_field("old_backend", &self.backends[0])?;
        fields.serialize_field("new_backend", &self.backends[1])?;
        fields.serialize_field("settings", &self.settings)?;
        fields.end()
    }
}

impl Serialize for SettingChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value =
            |setting: &Option<EffectiveSetting>| setting.as_ref().map(EffectiveSetting::value);
        let mut fields = serializer.serialize_struct("SettingChange", 3)?;
        fields.serialize_field("name", self.name())?;
        fields.serialize_field("old", &value(&self.old))?;
        fields.serialize_field("new", &value(&self.new))?;
        fields.end()
    }
}
