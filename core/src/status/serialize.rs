use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use super::Status;

/// Serializes as `component`, `name`, `backend`, `state`, `retry_after_seconds` and a map `readings`.
/// What is not known is null.
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

struct Readings<'s>(&'s [(&'static str, u64)]);

impl Serialize for Readings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
