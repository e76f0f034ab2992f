use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use super::{Reading, Status};

/// Serializes as `component`, `name`, `backend`, `state`, `retry_after_seconds` and a map `readings`,
/// where each name has a `value`, a `kind` and a `unit`. What is not known is null.
impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut status = serializer.serialize_struct("Status", 6)?;
        status.serialize_field("component", self.layer.component().as_str())?;
        status.serialize_field("name", self.layer.name().as_str())?;
        status.serialize_field("backend", &self.backend)?;
        status.serialize_field("state", self.state)?;
        let retry_after = self.retry_after.map(|wait| wait.as_secs_f64());
        status.serialize_field("retry_after_seconds", &retry_after)?;
        status.serialize_field("readings", &Readings(&self.readings))?;
        status.end()
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
