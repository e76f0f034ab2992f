use std::fmt;
use std::sync::Arc;

use seawall_core::Tick;
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::plan::{ChangeKind, PlanDiff};

/// A version of the settings that was in effect, or is. Cheap to clone.
#[derive(Clone, PartialEq)]
pub struct Version(Arc<Data>);

#[derive(PartialEq)]
struct Data {
    number: u64,
    at: Tick,
    origin: Origin,
    difference: PlanDiff,
}

/// The reason for which a version came into effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The infrastructure was built.
    Start,
    /// The sources were read again, because code or the watcher asked for it.
    Reload,
    /// Code returned to an earlier version.
    #[non_exhaustive]
    RollBack {
        /// The number of the earlier version.
        to: u64,
    },
    /// Code changed components or protections.
    Code,
}

impl Origin {
    /// Returns the reason in one word, as events have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Reload => "reload",
            Self::RollBack { .. } => "roll_back",
            Self::Code => "code",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RollBack { to } => write!(f, "roll back to version {to}"),
            other => f.write_str(other.as_str()),
        }
    }
}

impl Version {
    pub(super) fn new(number: u64, at: Tick, origin: Origin, difference: PlanDiff) -> Self {
        Self(Arc::new(Data { number, at, origin, difference }))
    }

    /// Returns the number: 1 at the start, and one more for each later version.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.0.number
    }

    /// Returns when it came into effect, by the infrastructure's clock.
    #[must_use]
    pub fn at(&self) -> Tick {
        self.0.at
    }

    /// Returns the reason for which it came into effect.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.0.origin
    }

    /// Returns how it differs from the version before. Secrets are hidden.
    #[must_use]
    pub fn difference(&self) -> &PlanDiff {
        &self.0.difference
    }

    /// Returns what differs, in one line.
    pub(super) fn summary(&self) -> String {
        summary(self.difference())
    }
}

impl fmt::Display for Version {
    /// Writes one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "version {} ({}): {}", self.number(), self.origin(), self.summary())
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Version", 4)?;
        fields.serialize_field("number", &self.number())?;
        fields.serialize_field("at_nanos", &self.at().as_nanos())?;
        fields.serialize_field("origin", &self.origin().to_string())?;
        fields.serialize_field("difference", self.difference())?;
        fields.end()
    }
}

/// Counts changes by what becomes of the components.
pub(super) fn summary(difference: &PlanDiff) -> String {
    let is_restart = |kind| matches!(kind, ChangeKind::Restarted(_));
    let kinds: [(&str, &dyn Fn(ChangeKind) -> bool); 4] = [
        ("added", &|kind| kind == ChangeKind::Added),
        ("changed", &|kind| kind == ChangeKind::Changed),
        ("started anew", &is_restart),
        ("removed", &|kind| kind == ChangeKind::Removed),
    ];
    let counted = kinds.iter().filter_map(|(word, is_kind)| {
        match difference.changes().iter().filter(|change| is_kind(change.kind())).count() {
            0 => None,
            count => Some(format!("{count} {word}")),
        }
    });
    let counted: Vec<_> = counted.collect();
    if counted.is_empty() { "no changes".to_owned() } else { counted.join(", ") }
}

/// What a change of the settings has led to.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Applied {
    version: Version,
    previous: u64,
}

impl Applied {
    pub(super) const fn new(version: Version, previous: u64) -> Self {
        Self { version, previous }
    }

    /// Returns the version that is in effect now.
    #[must_use]
    pub const fn version(&self) -> &Version {
        &self.version
    }

    /// Returns the number of the version that was in effect before, for
    /// [`Infrastructure::roll_back`](crate::Infrastructure::roll_back).
    #[must_use]
    pub const fn previous(&self) -> u64 {
        self.previous
    }

    /// Returns true if the settings were different, so that there is a new version.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.version.number() != self.previous
    }
}
