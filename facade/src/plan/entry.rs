use seawall_core::{Component, Layer};
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::Plan;
use crate::config::{EffectiveSetting, Place};

/// What all parts of a plan have in common, for people and other programs.
#[derive(Clone, Copy)]
pub(super) struct Entry<'p> {
    pub(super) component: Component,
    pub(super) name: &'p str,
    /// The name of the backend; `None` for what has no choice.
    pub(super) backend: Option<&'static str>,
    pub(super) place: &'p Place,
    /// The layers of a protection, or the breakers that a pool connects through.
    pub(super) layers: &'p [(Component, Box<str>)],
    pub(super) settings: &'p [EffectiveSetting],
}

impl Plan {
    /// Returns all parts: components by kind and name, then stores, pools, budgets, coalescers and protections.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let components = self.components.values().map(|planned| Entry {
            component: planned.component(),
            name: planned.name(),
            backend: Some(planned.backend()),
            place: &planned.place,
            layers: &[],
            settings: &planned.settings,
        });
        #[cfg(feature = "__store")]
        let components = components.chain(self.stores.iter().map(|(name, planned)| Entry {
            component: Component::Store,
            name,
            backend: Some(planned.options.backend()),
            place: &planned.place,
            layers: &[],
            settings: &planned.settings,
        }));
        #[cfg(feature = "__pool")]
        let components = components.chain(self.pools.values().map(|planned| Entry {
            component: Component::ConnectionPool,
            name: &planned.name,
            backend: Some(planned.kind.as_str()),
            place: &planned.place,
            layers: &[],
            settings: &planned.settings,
        }));
        let components = components.chain(self.budgets.iter().map(|(name, planned)| Entry {
            component: Component::Budget,
            name,
            backend: None,
            place: &planned.place,
            layers: &[],
            settings: &planned.settings,
        }));
        let components = components.chain(self.coalescers.iter().map(|(name, planned)| Entry {
            component: Component::Coalescer,
            name,
            backend: None,
            place: &planned.place,
            layers: &[],
            settings: &planned.settings,
        }));
        components.chain(self.protections.values().map(|planned| Entry {
            component: Component::Protection,
            name: planned.name(),
            backend: None,
            place: &planned.place,
            layers: &planned.layers,
            settings: &planned.settings,
        }))
    }
}

impl Entry<'_> {
    /// Returns the kind and the name, as sentences have them.
    pub(super) fn layer(&self) -> Layer {
        Layer::new(self.component, self.name)
    }
}

impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let layers = self.layers.iter().map(|(component, name)| Named { component, name });
        let mut fields = serializer.serialize_struct("Entry", 6)?;
        fields.serialize_field("component", self.component.as_str())?;
        fields.serialize_field("name", self.name)?;
        match self.component {
            Component::Protection => {
                fields.serialize_field("layers", &layers.collect::<Vec<_>>())?;
            }
            _ => fields.serialize_field("backend", &self.backend)?,
        }
        fields.serialize_field("source", &self.place.source())?;
        fields.serialize_field("settings", self.settings)?;
        fields.end()
    }
}

/// A layer of a protection.
struct Named<'p> {
    component: &'p Component,
    name: &'p str,
}

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Layer", 2)?;
        fields.serialize_field("component", self.component.as_str())?;
        fields.serialize_field("name", self.name)?;
        fields.end()
    }
}
