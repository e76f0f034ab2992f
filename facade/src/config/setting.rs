use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde_json::Value as Json;

use super::Rejected;
use super::kind::{Kind, Names, Rate, Tables, Word, WrittenKey};
use super::raw::Raw;
use super::value::SettingValue;

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
    name: &'static str,
    kind: Kind,
    default: DefaultValue,
    unit: &'static str,
    about: &'static str,
    is_secret: bool,
    plain: fn(&Self, &Raw<'_>) -> Result<Json, Rejected>,
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

impl fmt::Debug for SettingDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SettingDef")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("default", &self.default)
            .finish_non_exhaustive()
    }
}

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

impl Setting<bool> {
    /// Declares a flag: true or false.
    #[must_use]
    pub const fn flag(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, Kind::Flag)
    }
}

impl Setting<u32> {
    /// Declares a whole number from 1.
    #[must_use]
    pub const fn count(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, Kind::Count { min: 1, max: u32::MAX })
    }

    /// Sets the least valid number.
    #[must_use]
    pub const fn min(mut self, least: u32) -> Self {
        if let Kind::Count { max, .. } = self.def.kind {
            self.def.kind = Kind::Count { min: least, max };
        }
        self
    }

    /// Sets the largest valid number.
    #[must_use]
    pub const fn max(mut self, largest: u32) -> Self {
        if let Kind::Count { min, .. } = self.def.kind {
            self.def.kind = Kind::Count { min, max: largest };
        }
        self
    }
}

impl Setting<f64> {
    /// Declares a fraction from 0 to 1.
    #[must_use]
    pub const fn ratio(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, Kind::Ratio)
    }
}

impl Setting<Duration> {
    /// Declares a duration longer than zero, which is written with its unit: `"10s"`, `"1m 30s"`.
    #[must_use]
    pub const fn duration(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, Kind::Duration { min: Duration::from_nanos(1) })
    }

    /// Allows zero.
    #[must_use]
    pub const fn or_zero(self) -> Self {
        self.min(Duration::ZERO)
    }

    /// Sets the shortest valid duration.
    #[must_use]
    pub const fn min(mut self, shortest: Duration) -> Self {
        self.def.kind = Kind::Duration { min: shortest };
        self
    }
}

impl Setting<String> {
    /// Declares a text.
    #[must_use]
    pub const fn text(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, Kind::Text)
    }
}

impl Setting<Rate> {
    /// Declares a rate: a number, for which another setting has the period, or a text like `"100/s"`.
    #[must_use]
    pub const fn rate(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, Kind::Rate { min: 1 })
    }

    /// Allows a rate of zero.
    #[must_use]
    pub const fn or_zero(mut self) -> Self {
        self.def.kind = Kind::Rate { min: 0 };
        self
    }
}

impl<W: Word> Setting<W> {
    /// Declares one of a few words.
    #[must_use]
    pub const fn word(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, Kind::Word(words::<W>))
    }
}

fn words<W: Word>() -> Vec<&'static str> {
    W::WORDS.iter().map(|(word, _)| *word).collect()
}

impl Setting<WrittenKey> {
    /// Declares a key of calls: a text, a number, a flag, or a list of these, as code has a tuple.
    #[must_use]
    pub const fn key(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, Kind::Key)
    }
}

impl Setting<Names> {
    /// Declares the name of a component in the table `table`, or a list of different ones.
    #[must_use]
    pub const fn names(name: &'static str, table: &'static str, about: &'static str) -> Self {
        Self::new(name, about, Kind::Names(table))
    }
}

impl Setting<Tables> {
    /// Declares tables by name, each with the settings `each`.
    #[must_use]
    pub const fn tables(
        name: &'static str,
        about: &'static str,
        each: &'static [SettingDef],
    ) -> Self {
        Self::new(name, about, Kind::Tables(each))
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
