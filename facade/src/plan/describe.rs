use std::fmt;

use seawall_core::Component;
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::Plan;
use super::entry::Entry;

impl fmt::Display for Plan {
    /// Writes a paragraph for each component, pool and protection: its kind and name, its backend or its
    /// layers in the order in which they are asked, and each setting with its source; then the warnings.
    /// Secrets are hidden.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, entry) in self.entries().enumerate() {
            if nth > 0 {
                f.write_str("\n\n")?;
            }
            entry.fmt(f)?;
        }
        for (nth, warning) in self.warnings.iter().enumerate() {
            write!(f, "{}warning: {warning}", if nth == 0 { "\n\n" } else { "\n" })?;
        }
        Ok(())
    }
}

impl fmt::Display for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.layer())?;
        if let Some(backend) = self.backend {
            write!(f, ", backend `{backend}`")?;
        }
        let source = self.place.source();
        if !source.is_empty() {
            write!(f, ": {source}")?;
        }
        for (nth, (component, name)) in self.layers.iter().enumerate() {
            write!(f, "\n  {}. {} `{name}`", nth + 1, component.title())?;
        }
        for setting in self.settings {
            write!(f, "\n  {setting:?}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_protection = |entry: &Entry<'_>| entry.component == Component::Protection;
        let (protections, components) = self.entries().partition::<Vec<_>, _>(is_protection);
        let warnings: Vec<_> = self.warnings.iter().map(ToString::to_string).collect();
        let mut fields = serializer.serialize_struct("Plan", 3)?;
        fields.serialize_field("components", &components)?;
        fields.serialize_field("protections", &protections)?;
        fields.serialize_field("warnings", &warnings)?;
        fields.end()
    }
}
