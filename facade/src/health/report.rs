use std::fmt;
use std::time::Duration;

use seawall_core::{Layer, Status};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::{HealthState, HostLoad};
use crate::{ProtectionCalls, WorkStatus};

/// Whether a service can do its work, and why not: see
/// [`Infrastructure::health`](crate::Infrastructure::health).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Health {
    /// The state of the whole.
    pub state: HealthState,
    /// The time since it has been so, as far as anyone looked.
    pub since: Duration,
    /// Why it is not ready.
    pub reasons: Vec<String>,
    /// Each component, the worst first.
    pub components: Vec<ComponentHealth>,
    /// The background work.
    pub work: Vec<WorkStatus>,
    /// The calls under each protection, if they are recorded.
    pub calls: Vec<ProtectionCalls>,
    /// The load of the machine, if the background work measures it.
    pub host: Option<HostLoad>,
}

/// Whether a component can do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ComponentHealth {
    /// The component.
    pub layer: Layer,
    /// Its state.
    pub state: HealthState,
    /// The time since it has been so, as far as anyone looked.
    pub since: Duration,
    /// Why it is not ready, or what is done to it by manual control.
    pub reason: Option<String>,
    /// True if the service is not ready without it.
    pub is_required: bool,
    /// Its status.
    pub status: Status,
}

impl Health {
    /// Returns true if the service should receive requests: it is not starting, failed or stopping.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        matches!(self.state, HealthState::Ready | HealthState::Degraded)
    }
}

impl fmt::Display for Health {
    /// Writes the state and a line for each reason.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.state)?;
        self.reasons.iter().try_for_each(|reason| write!(f, "\n  {reason}"))
    }
}

/// Serializes as `state`, `is_ready`, `since_seconds`, `reasons`, `components`, `work`, `calls` and
/// `host`.
impl Serialize for Health {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut health = serializer.serialize_struct("Health", 8)?;
        health.serialize_field("state", &self.state)?;
        health.serialize_field("is_ready", &self.is_ready())?;
        health.serialize_field("since_seconds", &self.since.as_secs_f64())?;
        health.serialize_field("reasons", &self.reasons)?;
        health.serialize_field("components", &self.components)?;
        health.serialize_field("work", &self.work)?;
        health.serialize_field("calls", &self.calls)?;
        health.serialize_field("host", &self.host)?;
        health.end()
    }
}

/// Serializes as `component`, `name`, `state`, `since_seconds`, `reason` and `is_required`.
impl Serialize for ComponentHealth {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut health = serializer.serialize_struct("ComponentHealth", 6)?;
        health.serialize_field("component", self.layer.component().as_str())?;
        health.serialize_field("name", self.layer.name().as_str())?;
        health.serialize_field("state", &self.state)?;
        health.serialize_field("since_seconds", &self.since.as_secs_f64())?;
        health.serialize_field("reason", &self.reason)?;
        health.serialize_field("is_required", &self.is_required)?;
        health.end()
    }
}
