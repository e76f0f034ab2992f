use self::sealed::Parse;

/// A type that settings are read as: `bool`, `u32`, `f64`, `String`, `Duration`,
/// [`Rate`](super::Rate) and any [`Word`](super::Word). Sealed.
pub trait SettingValue: Parse {}

impl<T: Parse> SettingValue for T {}

pub(crate) mod sealed {
    use serde_json::Value as Json;

    use crate::config::raw::Raw;
    use crate::config::{Rejected, SettingDef};

    pub trait Parse: Sized {
        /// Reads a value that was written for `def`.
        fn parse(def: &SettingDef, raw: &Raw<'_>) -> Result<Self, Rejected>;

        /// Returns the value, which was read from `raw`, in its plain form: equal values are equal.
        fn plain(&self, raw: &Raw<'_>) -> Json;
    }
}
