use std::fmt;
use std::marker::PhantomData;

use serde_json::Value as Json;

use super::raw::Raw;
use super::value::SettingValue;
use super::{DefaultValue, Kind, Rejected, SettingDef};

mod declare;

/// A [`SettingDef`] with the type that its value is read as.
///
/// ```
/// use seawall::settings::Setting;
///
/// const FAILURES: Setting<u32> =
///     Setting::count("failures", "number of failures that opens the circuit").max(1000).default("5");
/// assert_eq!(FAILURES.def().name(), "failures");
/// ```
pub struct Setting<T> {
    def: SettingDef,
    reads: PhantomData<fn() -> T>,
}

impl<T: SettingValue> Setting<T> {
    const fn new(name: &'static str, about: &'static str, kind: Kind) -> Self {
        let (default, plain) = (DefaultValue::None, plain::<T> as _);
        let def = SettingDef { name, kind, default, unit: "", about, is_secret: false, plain };
        Self { def, reads: PhantomData }
    }
}

fn plain<T: SettingValue>(def: &SettingDef, raw: &Raw<'_>) -> Result<Json, Rejected> {
    T::parse(def, raw).map(|value| value.plain(raw))
}

impl<T> Setting<T> {
    /// Returns the declaration.
    #[must_use]
    pub const fn def(&self) -> SettingDef {
        self.def
    }

    /// Returns the key.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.def.name
    }

    /// Sets the default, written as in an environment variable: `"5"`, `"10s"`, `"true"`.
    #[must_use]
    pub const fn default(mut self, value: &'static str) -> Self {
        self.def.default = DefaultValue::Value(value);
        self
    }

    /// Sets a text that says how the default depends on other settings.
    #[must_use]
    pub const fn default_depends(mut self, text: &'static str) -> Self {
        self.def.default = DefaultValue::Depends(text);
        self
    }

    /// Makes a table without it a problem.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.def.default = DefaultValue::Required;
        self
    }

    /// Hides its value from every output.
    #[must_use]
    pub const fn secret(mut self) -> Self {
        self.def.is_secret = true;
        self
    }

    /// Sets what the number counts, in the plural: `"calls"`.
    #[must_use]
    pub const fn unit(mut self, unit: &'static str) -> Self {
        self.def.unit = unit;
        self
    }
}
impl<T> Clone for Setting<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Setting<T> {}

impl<T> AsRef<str> for Setting<T> {
    fn as_ref(&self) -> &str {
        self.def.name
    }
}

impl<T> fmt::Debug for Setting<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.def.fmt(f)
    }
}
