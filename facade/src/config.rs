//! Settings from files, the environment and code, read so that every mistake is reported at once.
//!
//! | file | holds |
//! |---|---|
//! | `source` | where settings come from, in order: [`ConfigSource`] |
//! | `content` | what all sources contain at one time |
//! | `view`, `region`, `profile` | the parts of a source: its table, a profile, defaults |
//! | `load` | these merged into one tree, and where each value of it is from |
//! | `under`, `presets` | the values that stand under those of components |
//! | `setting`, `setting_def` | how a setting is declared: [`Setting`], [`SettingDef`] |
//! | `kind` | what a setting can be: a duration, a count, a word |
//! | `reader`, `table` | the tree read as typed settings: [`Table`] |
//! | `error`, `problem`, `place` | what is reported: [`ConfigError`] |
//!
//! figment merges, and its tags say which source a value is from. Files are parsed here, once, so that
//! a value and the line it is reported at can't disagree.

mod code_changes;
mod content;
mod diagnostic;
mod document;
mod environment;
mod error;
mod key_path;
mod kind;
mod load;
mod merged;
mod names;
mod nearest;
mod place;
mod positions;
mod presets;
mod problem;
mod profile;
mod provenance;
mod raw;
mod reader;
mod region;
mod setting;
mod setting_def;
mod source;
mod table;
mod under;
mod value;
mod view;

#[cfg(test)]
mod tests;

pub(crate) use self::code_changes::CodeChanges;
pub(crate) use self::content::{Content, ContentHash};
pub use self::diagnostic::Diagnostic;
pub(crate) use self::diagnostic::Rejected;
pub use self::error::ConfigError;
#[cfg(feature = "store-redis")]
pub(crate) use self::kind::Texts;
pub(crate) use self::kind::{
    Copies, NameOf, Names, OperationTime, RATIO_PATTERN, Words, duration_pattern, index_of, one_of,
    rate_pattern,
};
pub use self::kind::{Kind, Rate, Tables, Word, WrittenKey};
pub(crate) use self::nearest::nearest;
pub use self::place::Place;
#[cfg(feature = "__pool")]
pub(crate) use self::presets::PoolPreset;
pub use self::presets::Preset;
#[cfg(test)]
pub(crate) use self::presets::TABLES as PRESET_TABLES;
pub(crate) use self::presets::USE;
pub use self::problem::Problem;
pub(crate) use self::reader::Reader;
pub(crate) use self::region::{DEFAULTS, PROFILE, SHADOW};
pub use self::setting::Setting;
pub use self::setting_def::{DefaultValue, SettingDef};
pub use self::source::ConfigSource;
pub(crate) use self::table::Needs;
pub use self::table::{EffectiveSetting, Table, ValueSource};
pub use self::value::SettingValue;
