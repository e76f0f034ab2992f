//! Values that stand under those of components: defaults and presets; and under those of shadows.

use std::collections::BTreeMap;

use figment::value::{Dict, Value};

use super::merged::map_tags;
use super::presets::{self, Tags};
use super::provenance::Provenance;
use super::region::{DEFAULTS, SHADOW};

/// Puts defaults under the components of their kind, presets under the defaults, and the values of each
/// component under those of its shadow.
pub(super) fn apply(root: &mut Dict, provenance: &mut Provenance) {
    apply_defaults(root);
    let tags = Tags::new(provenance);
    presets::add_breakers(root, &tags);
    // For the breakers that were added.
    apply_defaults(root);
    presets::fill(root, &tags);
    apply_shadows(root, provenance, &tags);
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

/// The tables of components that can have a shadow.
const SHADOWED: [&str; 3] = ["breaker", "rate_limit", "bulkhead"];

/// Puts the values of each component under those of its shadow.
fn apply_shadows(root: &mut Dict, provenance: &mut Provenance, presets: &Tags) {
    let mut inherited = BTreeMap::new();
    for kind in SHADOWED {
        let Some(Value::Dict(_, components)) = root.get_mut(kind) else { continue };
        for component in components.values_mut() {
            let Value::Dict(_, own) = component else { continue };
            let Some(Value::Dict(tag, shadow)) = own.get(SHADOW) else { continue };
            let (tag, mut shadow) = (*tag, shadow.clone());
            presets::fill_one(&mut shadow, kind, presets);
            let mut below = own.clone();
            below.remove(SHADOW);
            for value in below.values_mut() {
                map_tags(value, &mut |tag| {
                    let new = || provenance.inherit(tag).unwrap_or(tag);
                    *inherited.entry(tag).or_insert_with(new)
                });
            }
            put_under(&mut shadow, &below);
            own.insert(SHADOW.to_owned(), Value::Dict(tag, shadow));
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
