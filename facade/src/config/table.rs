use std::fmt;

use figment::value::Value;

use super::key_path::KeyPath;
use super::kind::Tables;
use super::raw::Raw;
use super::value::SettingValue;
use super::{DefaultValue, Diagnostic, Reader, Setting, SettingDef};

mod effective;
mod needs;
mod shadow;
mod tree;

pub use self::effective::{EffectiveSetting, ValueSource};
pub(crate) use self::needs::Needs;

/// One table of the settings, as in `[breaker.NAME]`.
///
/// Settings are read by their declarations. A value that is wrong is reported with its place, and so is
/// a key that the backend does not declare; the plan is then not made.
pub struct Table<'r> {
    reader: &'r Reader,
    path: KeyPath,
    name: String,
    value: &'r Value,
}

impl<'r> Table<'r> {
    /// Returns the table's own name, as in `[breaker.NAME]`; `NAME.shadow` of a shadow.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the value of `setting`, or its default. Reports a value that is wrong or missing.
    /// `None` means that this was reported, or that nothing sets it and it has no default.
    pub fn get<T: SettingValue>(&self, setting: &Setting<T>) -> Option<T> {
        let def = setting.def();
        let Some(value) = self.value(def.name()) else { return self.default(&def) };
        match T::parse(&def, &self.reader.raw(value)) {
            Ok(value) => Some(value),
            rejected => {
                self.report_invalid(&def, rejected);
                None
            }
        }
    }

    fn default<T: SettingValue>(&self, def: &SettingDef) -> Option<T> {
        match def.default() {
            DefaultValue::Value(text) => T::parse(def, &Raw::of_variable(text)).ok(),
            DefaultValue::Required => {
                self.report_missing(def);
                None
            }
            DefaultValue::None | DefaultValue::Depends(_) => None,
        }
    }

    /// Returns the tables in the table `setting`, by name.
    #[must_use]
    pub fn tables(&self, setting: &Setting<Tables>) -> Vec<Table<'r>> {
        self.tables_in(setting.name())
    }

    /// Returns true if the setting is set, whatever its value.
    #[must_use]
    pub fn is_set(&self, setting: impl AsRef<str>) -> bool {
        self.value(setting.as_ref()).is_some()
    }

    /// Reports the setting as wrong, unless something is known to be wrong with it already.
    pub fn reject(&self, setting: impl AsRef<str>, mut wrong: Diagnostic) {
        let name = setting.as_ref();
        // A default may be right by itself, and wrong beside the values of this component.
        if self.is_default_of_component(name) {
            wrong.found = format!("for `{}`, {}", self.path, wrong.found);
        }
        self.reject_value(name, wrong);
    }

    /// Returns what `checked` has, or reports its option that is invalid.
    pub fn accept<T>(&self, checked: Result<T, seawall_core::InvalidOption>) -> Option<T> {
        let reject = |invalid: &seawall_core::InvalidOption| {
            self.reject(invalid.option(), Diagnostic::new(invalid.problem()));
        };
        checked.inspect_err(reject).ok()
    }
}

impl fmt::Debug for Table<'_> {
    /// Without values: some of them are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Table({})", self.path)
    }
}
