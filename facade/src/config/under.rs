//! Values that stand under those of components: defaults and presets.

use figment::value::{Dict, Value};

use super::presets::{self, Tags};
use super::provenance::Provenance;
use super::region::DEFAULTS;

/// Puts defaults under the components of their kind, and presets under the defaults.
pub(super) fn apply(root: &mut Dict, provenance: &mut Provenance) {
    apply_defaults(root);
    let tags = Tags::new(provenance);
    presets::add_breakers(root, &tags);
    // For the breakers that were added.
    apply_defaults(root);
    presets::fill(root, &tags);
}

/// Puts the defaults of each kind under its components.
fn apply_defaults(root: &mut Dict) {
    let Some(Value::Dict(_, defaults)) = root.get(DEFAULTS).cloned() else { return };
    for (kind, default) in &defaults {
        let (Some(default), Some(Value::Dict(_, components))) =
            (default.as_dict(), root.get_mut(kind))
        else {
            continue;
        };
        for component in components.values_mut() {
            if let Value::Dict(_, own) = component {
                put_under(own, default);
            }
        }
    }
}

fn put_under(own: &mut Dict, default: &Dict) {
    for (key, value) in default {
        match (own.get_mut(key), value) {
            (Some(Value::Dict(_, own)), Value::Dict(_, default)) => put_under(own, default),
            (Some(_), _) => {}
            (None, _) => _ = own.insert(key.clone(), value.clone()),
        }
    }
}
