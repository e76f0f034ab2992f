use std::fmt;

use seawall_core::{Layer, Status, Tick};
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::Version;
use crate::ConfigError;

/// Which version of the settings is in effect, and whether newer settings were refused:
/// [`Infrastructure::config_status`](crate::Infrastructure::config_status).
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigStatus {
    layer: Layer,
    version: Version,
    rejected: Option<Rejected>,
}

/// Settings that were refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejected {
    pub(super) at: Tick,
    pub(super) error: ConfigError,
}

impl Rejected {
    /// Returns when they were refused first, by the infrastructure's clock.
    #[must_use]
    pub const fn at(&self) -> Tick {
        self.at
    }

    /// Returns all that is wrong with them.
    #[must_use]
    pub const fn error(&self) -> &ConfigError {
        &self.error
    }
}

impl ConfigStatus {
    pub(super) const fn new(layer: Layer, version: Version, rejected: Option<Rejected>) -> Self {
        Self { layer, version, rejected }
    }

    /// Returns the version in effect.
    #[must_use]
    pub const fn version(&self) -> &Version {
        &self.version
    }

    /// Returns true if the sources have other settings than those in effect, because they were refused.
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        self.rejected.is_some()
    }

    /// Returns the settings that were refused, until the sources have valid ones again.
    #[must_use]
    pub const fn rejected(&self) -> Option<&Rejected> {
        self.rejected.as_ref()
    }

    /// Returns it as the status of a component, for status pages and metrics: `current` or `stale`, with
    /// the number of the version.
    #[must_use]
    pub fn to_status(&self) -> Status {
        let state = if self.is_stale() { "stale" } else { "current" };
        Status::new(&self.layer, state).with_gauge("version", self.version.number(), "{version}")
    }
}

impl fmt::Display for ConfigStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.version.fmt(f)?;
        match &self.rejected {
            Some(rejected) => write!(f, "; stale: {}", rejected.error),
            None => Ok(()),
        }
    }
}

impl Serialize for ConfigStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let problems = |rejected: &Rejected| -> Vec<_> {
            rejected.error.problems().iter().map(ToString::to_string).collect()
        };
        let mut fields = serializer.serialize_struct("ConfigStatus", 3)?;
        fields.serialize_field("version", &self.version)?;
        fields.serialize_field("is_stale", &self.is_stale())?;
        fields.serialize_field("problems", &self.rejected.as_ref().map(problems))?;
        fields.end()
    }
}
