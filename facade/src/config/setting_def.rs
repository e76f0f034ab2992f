use serde_json::Value as Json;

use super::raw::Raw;
use super::{Kind, Rejected};

/// What a setting is while nothing sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DefaultValue {
    /// It is off.
    None,
    /// The table is not complete without it.
    Required,
    /// It has this value, written as in an environment variable.
    Value(&'static str),
    /// It depends on other settings, in the way that this text says.
    Depends(&'static str),
}

/// One setting of a table, declared once. Parsing, the report of problems, the JSON Schema, the tables
/// of the documentation, the description of a plan and the difference of two plans come from it.
#[derive(Clone, Copy)]
pub struct SettingDef {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) default: DefaultValue,
    pub(super) unit: &'static str,
    pub(super) about: &'static str,
    pub(super) is_secret: bool,
    pub(super) plain: fn(&Self, &Raw<'_>) -> Result<Json, Rejected>,
}

impl SettingDef {
    /// Returns the key.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the kind of value, with its bounds.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns what holds while nothing sets it.
    #[must_use]
    pub const fn default(&self) -> DefaultValue {
        self.default
    }

    /// Returns what a number counts, in the plural, or an empty text.
    #[must_use]
    pub const fn unit(&self) -> &'static str {
        self.unit
    }

    /// Returns the sentence that describes it.
    #[must_use]
    pub const fn about(&self) -> &'static str {
        self.about
    }

    /// Returns true if its value must not be shown anywhere.
    #[must_use]
    pub const fn is_secret(&self) -> bool {
        self.is_secret
    }

    /// Returns what the setting accepts, for a sentence that ends with it.
    pub(crate) fn expected(&self) -> String {
        self.kind.expected()
    }

    /// Returns the default as a value, if it does not depend on other settings.
    pub(crate) fn default_value(&self) -> Option<Json> {
        match self.default {
            DefaultValue::Value(text) => self.plain(&Raw::of_variable(text)),
            _ => None,
        }
    }

    /// Returns a valid value in its plain form, in which equal values are equal.
    pub(super) fn plain(&self, raw: &Raw<'_>) -> Option<Json> {
        (self.plain)(self, raw).ok()
    }

    /// Returns what is wrong with a value, if anything is.
    pub(super) fn check(&self, raw: &Raw<'_>) -> Result<(), Rejected> {
        (self.plain)(self, raw).map(drop)
    }
}

seawall_core::__debug! {
    impl SettingDef: self { name: self.name, kind: self.kind, default: self.default }
}
