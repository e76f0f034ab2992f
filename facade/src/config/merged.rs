//! What figment merges, and how its tags are made.

use figment::value::{Dict, Map, Tag, Value};
use figment::{Error, Figment, Metadata, Profile, Provider};

/// Settings, to figment.
pub(super) struct Merged(pub(super) Dict);

impl Provider for Merged {
    fn metadata(&self) -> Metadata {
        Metadata::named("seawall")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Profile::Default.collect(self.0.clone()))
    }
}

/// Merges `above` over `below`.
pub(super) fn coalesce(below: Dict, above: Dict) -> Dict {
    let both = Figment::from(Merged(below)).merge(Merged(above));
    top(&both).unwrap_or_default()
}

/// The whole of what `figment` has in the profile that it selects.
pub(super) fn top(figment: &Figment) -> Result<Dict, Box<Error>> {
    Ok(figment.find_value("").map_err(Box::new)?.into_dict().unwrap_or_default())
}

/// A tag that no other value has.
pub(super) fn fresh_tag() -> Tag {
    let one = Figment::from(Merged(Dict::from([(String::new(), Value::from(true))])));
    let dict = top(&one).unwrap_or_default();
    dict.values().next().map(Value::tag).unwrap_or_default()
}

pub(super) fn map_tags(value: &mut Value, map: &mut impl FnMut(Tag) -> Tag) {
    match value {
        Value::Dict(tag, dict) => {
            *tag = map(*tag);
            dict.values_mut().for_each(|value| map_tags(value, map));
        }
        Value::Array(tag, list) => {
            *tag = map(*tag);
            list.iter_mut().for_each(|value| map_tags(value, map));
        }
        Value::String(tag, _)
        | Value::Char(tag, _)
        | Value::Bool(tag, _)
        | Value::Num(tag, _)
        | Value::Empty(tag, _) => *tag = map(*tag),
    }
}
