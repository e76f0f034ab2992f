use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use super::{ControlStatus, Reading, Status};
use crate::{ControlAction, Name};

/// Serializes as `namespace`, `component`, `name`, `backend`, `state`, `retry_after_seconds`, a map
/// `readings`, where each name has a `value`, a `kind` and a `unit`, and a list `control`. What is not
/// known is null.
impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut status = serializer.serialize_struct("Status", 8)?;
        let namespace = self.namespace.as_ref().map(Name::as_str);
        status.serialize_field("namespace", &namespace)?;
        status.serialize_field("component", self.layer.component().as_str())?;
        status.serialize_field("name", self.layer.name().as_str())?;
        status.serialize_field("backend", &self.backend)?;
        status.serialize_field("state", self.state)?;
        let retry_after = self.retry_after.map(|wait| wait.as_secs_f64());
        status.serialize_field("retry_after_seconds", &retry_after)?;
        status.serialize_field("readings", &Readings(&self.readings))?;
        status.serialize_field("control", &self.control)?;
        status.end()
    }
}

/// Serializes as `action`, `limit`, `by`, `reason`, `expires_in_seconds` and `of_key`.
impl Serialize for ControlStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut control = serializer.serialize_struct("ControlStatus", 6)?;
        let limit = match self.action {
            ControlAction::Resize(limit) => Some(limit),
            _ => None,
        };
        control.serialize_field("action", self.action.as_str())?;
        control.serialize_field("limit", &limit)?;
        control.serialize_field("by", &self.by)?;
        control.serialize_field("reason", &self.reason)?;
        let expires_in = self.expires_in.map(|left| left.as_secs_f64());
        control.serialize_field("expires_in_seconds", &expires_in)?;
        control.serialize_field("of_key", &self.of_key)?;
        control.end()
    }
}

struct Readings<'s>(&'s [Reading]);

impl Serialize for Readings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for reading in self.0 {
            map.serialize_entry(reading.name, reading)?;
        }
        map.end()
    }
}

/// Serializes as `value`, `kind` (`counter` or `gauge`) and `unit`; the name is the key in the status.
impl Serialize for Reading {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut reading = serializer.serialize_struct("Reading", 3)?;
        reading.serialize_field("value", &self.value)?;
        reading.serialize_field("kind", self.kind.as_str())?;
        reading.serialize_field("unit", self.unit)?;
        reading.end()
    }
}
