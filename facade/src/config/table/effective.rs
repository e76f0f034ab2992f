use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use serde_json::Value as Json;

use super::{Raw, Table};
use crate::config::kind::amount;
use crate::config::{DefaultValue, Kind, Place, Rate, SettingDef};

/// The source of a setting's value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueSource {
    /// Nothing sets it.
    Default,
    /// A file, a variable, code or a preset sets it.
    Set(Place),
}

impl ValueSource {
    /// Returns the place that sets the value, if there is one.
    #[must_use]
    pub const fn place(&self) -> Option<&Place> {
        match self {
            Self::Default => None,
            Self::Set(place) => Some(place),
        }
    }
}

impl fmt::Display for ValueSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Set(place) => f.write_str(&place.source()),
        }
    }
}

/// A setting of a component as it is in effect: its value and the source of it.
#[derive(Clone, PartialEq)]
pub struct EffectiveSetting {
    name: String,
    value: Json,
    source: ValueSource,
    is_secret: bool,
    /// True if the value is a text that says how the default depends on other settings.
    is_described: bool,
}

impl EffectiveSetting {
    /// What is shown in place of a secret.
    const HIDDEN: &str = "(hidden)";

    /// Returns the key, with its tables within the component's: `override.acme.limit`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the value; a text in place of a secret. A default that depends on other settings is the
    /// text that says how.
    #[must_use]
    pub fn value(&self) -> Json {
        if self.is_hidden() { Json::from(Self::HIDDEN) } else { self.value.clone() }
    }

    /// Returns the source of the value.
    #[must_use]
    pub const fn source(&self) -> &ValueSource {
        &self.source
    }

    /// Returns true if the value is a secret, which no output shows.
    #[must_use]
    pub const fn is_secret(&self) -> bool {
        self.is_secret
    }

    /// Returns true if the value is not shown. How the default of a secret depends on others is.
    const fn is_hidden(&self) -> bool {
        self.is_secret && !self.is_described
    }

    /// Returns the value as a duration, if it is one.
    pub(crate) fn as_duration(&self) -> Option<Duration> {
        amount(self.value.as_str().filter(|_| !self.is_described)?).ok()
    }

    /// Returns the value as a rate, if it is one with a period.
    pub(crate) fn as_rate(&self) -> Option<Rate> {
        self.value.as_str().and_then(Rate::of)
    }

    /// Returns the setting under its name in a table above.
    pub(super) fn below(self, table: &str) -> Self {
        Self { name: format!("{table}.{}", self.name), ..self }
    }

    /// Returns true if it is one of the table `table` within the component's.
    pub(crate) fn is_below(&self, table: &str) -> bool {
        self.name.strip_prefix(table).is_some_and(|rest| rest.starts_with('.'))
    }

    /// Returns the setting with the value that its default amounts to here.
    pub(crate) fn amounting_to(self, value: &str) -> Self {
        match self.is_described {
            true => Self { value: Json::from(value), is_described: false, ..self },
            false => self,
        }
    }

    /// Returns the value as it is shown to people, as a file has it.
    #[must_use]
    pub fn shown(&self) -> String {
        match &self.value {
            _ if self.is_hidden() => Self::HIDDEN.to_owned(),
            Json::String(text) if self.is_described => text.clone(),
            value => value.to_string(),
        }
    }

    /// Returns true if both have the same value, also if that is hidden.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl fmt::Display for EffectiveSetting {
    /// Writes the setting as in a file, without its source.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.name, self.shown())
    }
}

impl fmt::Debug for EffectiveSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} ({})", self.source)
    }
}

impl Serialize for EffectiveSetting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("EffectiveSetting", 3)?;
        fields.serialize_field("name", &self.name)?;
        fields.serialize_field("value", &self.value())?;
        fields.serialize_field("source", &self.source.to_string())?;
        fields.end()
    }
}

impl Table<'_> {
    /// Returns the settings `defs` as they are in effect: those that are set, and those with a default; of
    /// a shadow, those that it has in place of its component's.
    pub(crate) fn effective(&self, defs: &[SettingDef]) -> Vec<EffectiveSetting> {
        defs.iter().flat_map(|def| self.effective_of(def)).collect()
    }

    fn effective_of(&self, def: &SettingDef) -> Vec<EffectiveSetting> {
        if let Kind::Tables(each) = def.kind() {
            let tables = self.dict().get(def.name()).and_then(figment::value::Value::as_dict);
            let all = tables.into_iter().flat_map(|_| self.tables_in(def.name()));
            let named = all.flat_map(|table| {
                let above = format!("{}.{}", def.name(), table.name());
                let settings = table.effective(each).into_iter();
                settings.map(move |setting| setting.below(&above)).collect::<Vec<_>>()
            });
            return named.collect();
        }
        let is_shadow = self.path.is_in_shadow();
        if matches!(def.kind(), Kind::Shadow) || is_shadow && self.is_inherited(def.name()) {
            return Vec::new();
        }
        let (value, source) = match (self.raw(def.name()), def.default()) {
            (None, _) if self.is_off(def.name()) => {
                (Some(Json::from("off")), ValueSource::Set(self.place_of(def.name())))
            }
            (None, _) if is_shadow => return Vec::new(),
            (Some(raw), _) => (def.plain(&raw), ValueSource::Set(self.place_of(def.name()))),
            (None, DefaultValue::Value(text)) => {
                (def.plain(&Raw::of_variable(text)), ValueSource::Default)
            }
            (None, DefaultValue::Depends(text)) => (Some(Json::from(text)), ValueSource::Default),
            (None, DefaultValue::None | DefaultValue::Required) => return Vec::new(),
        };
        let (name, is_secret) = (def.name().to_owned(), def.is_secret());
        let is_described =
            source == ValueSource::Default && matches!(def.default(), DefaultValue::Depends(_));
        let setting = |value| EffectiveSetting { name, value, source, is_secret, is_described };
        value.map(setting).into_iter().collect()
    }
}
