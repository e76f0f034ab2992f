//! Settings from files, the environment and code, read so that every mistake is reported at once.
//!
//! | file | holds |
//! |---|---|
//! | `source` | where settings come from, in order: [`ConfigSource`] |
//! | `load` | these merged into one tree, and where each value of it is from |
//! | `reader`, `section`, `setting` | the tree read as typed settings |
//! | `kind` | what a setting can be: a duration, a count, a word |
//! | `error`, `problem`, `place` | what is reported: [`ConfigError`] |
//!
//! figment merges, and its tags say which source a value is from. Files are parsed here, once, so that
//! a value and the line it is reported at can't disagree.

mod diagnostic;
mod document;
mod environment;
mod error;
mod key_path;
mod kind;
mod load;
mod names;
mod nearest;
mod place;
mod positions;
mod problem;
mod provenance;
mod raw;
mod reader;
mod section;
mod setting;
mod source;

#[cfg(test)]
mod tests;

pub(crate) use self::diagnostic::Diagnostic;
pub use self::error::ConfigError;
#[cfg(feature = "ratelimit")]
pub(crate) use self::kind::WrittenKey;
pub(crate) use self::names::Names;
pub(crate) use self::nearest::nearest;
pub use self::place::Place;
pub use self::problem::Problem;
pub(crate) use self::reader::Reader;
pub(crate) use self::section::Section;
use self::setting::Setting;
pub use self::source::ConfigSource;
