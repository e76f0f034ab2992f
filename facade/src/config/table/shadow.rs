use figment::value::Value;

use super::{EffectiveSetting, Table};
use crate::config::region::SHADOW;
use crate::config::{Diagnostic, SettingDef};

/// What a setting of a component is that its shadow does not have.
const OFF: &str = "off";

/// The shadow of a component: its values, over those of the component.
impl<'r> Table<'r> {
    /// Returns the table of the component's shadow, if it has one.
    pub(crate) fn shadow(&self) -> Option<Table<'r>> {
        let mut shadow = self.table(SHADOW)?;
        shadow.name = format!("{}.{SHADOW}", self.name);
        if !shadow.dict().keys().any(|key| !shadow.is_inherited(key)) {
            let wrong = Diagnostic::new("the shadow is empty");
            self.reject(SHADOW, wrong.expected("settings with other values"));
        }
        Some(shadow)
    }

    /// Returns the settings `defs` that this shadow has in place of those of its component.
    pub(crate) fn effective_in_shadow(&self, defs: &[SettingDef]) -> Vec<EffectiveSetting> {
        let own = self.effective(defs).into_iter();
        own.map(|setting| setting.below(SHADOW)).collect()
    }

    /// Returns what is wrong with a key that only components have.
    pub(crate) fn not_of_shadows(key: &str, defs: &[SettingDef]) -> Option<Diagnostic> {
        match key {
            "backend" => Some(Diagnostic::new("a shadow has the backend of its component")),
            key if defs.iter().any(|def| def.name() == key) => {
                Some(Diagnostic::new("a shadow is never obeyed, so it does not have this"))
            }
            _ => None,
        }
    }

    /// Returns the value of the key `name`. A shadow does not have what is off, whatever its component has.
    pub(super) fn value(&self, name: &str) -> Option<&'r Value> {
        self.dict().get(name).filter(|_| !self.is_off(name))
    }

    /// Returns true if this is a shadow that is not to have the setting.
    pub(super) fn is_off(&self, name: &str) -> bool {
        let value = self.dict().get(name).filter(|_| self.path.is_in_shadow());
        value.is_some_and(|value| value.as_str() == Some(OFF)) && !self.is_inherited(name)
    }

    /// Returns true if this is a shadow that has the setting from its component.
    pub(super) fn is_inherited(&self, name: &str) -> bool {
        self.dict().get(name).is_some_and(|value| self.reader.is_inherited(value))
    }
}
