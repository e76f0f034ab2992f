//! The kinds of settings: what each accepts, and what it is read as.

use std::time::Duration;

mod duration;
mod flag;
mod key;
mod names;
mod number;
mod quantile;
mod rate;
mod ratio;
mod tables;
mod text;
#[cfg(feature = "store-redis")]
mod texts;
mod word;
mod words;

pub(super) use self::duration::amount;
pub(crate) use self::duration::pattern as duration_pattern;
pub use self::key::WrittenKey;
pub(crate) use self::names::{NameOf, Names};
pub(crate) use self::quantile::{Copies, OperationTime};
pub use self::rate::Rate;
pub(crate) use self::rate::pattern as rate_pattern;
pub(crate) use self::ratio::PATTERN as RATIO_PATTERN;
pub use self::tables::Tables;
#[cfg(feature = "store-redis")]
pub(crate) use self::texts::Texts;
pub use self::word::Word;
pub(crate) use self::word::index_of;
pub(crate) use self::words::Words;
use super::SettingDef;

/// The kind of a setting's value.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// True or false.
    Flag,
    /// A whole number within bounds.
    #[non_exhaustive]
    Count {
        /// The least valid number.
        min: u32,
        /// The largest valid number.
        max: u32,
    },
    /// A fraction from 0 to 1.
    Ratio,
    /// A text with a number and a unit.
    #[non_exhaustive]
    Duration {
        /// The shortest valid duration.
        min: Duration,
    },
    /// A number, or a text with a number and a period.
    #[non_exhaustive]
    Rate {
        /// The least valid number.
        min: u32,
    },
    /// One of the words that the function returns.
    Word(fn() -> Vec<&'static str>),
    /// A list of the words that the function returns, or one alone.
    Words(fn() -> Vec<&'static str>),
    /// A text in a form of its own.
    #[non_exhaustive]
    Form {
        /// What the form looks like, for a sentence that ends with it.
        expected: &'static str,
        /// Returns the regular expression of all such texts.
        pattern: fn() -> String,
    },
    /// Any text.
    Text,
    /// Any text, or a list of texts.
    Texts,
    /// The key of a call: a text, a number, a flag, or a list of these.
    Key,
    /// The name of a component in this table.
    Name(&'static str),
    /// The name of a component in this table, or a list of names.
    Names(&'static str),
    /// Tables by name, with these settings each.
    Tables(&'static [SettingDef]),
    /// A table with other values for the settings of the component's backend.
    Shadow,
}

impl Kind {
    /// Returns what the kind accepts, for a sentence that ends with it.
    pub(super) fn expected(self) -> String {
        match self {
            Self::Flag => "true or false".to_owned(),
            // The largest number of its type is no limit that a person chose.
            Self::Count { min, max: u32::MAX } => format!("{min} or more"),
            Self::Count { min, max } => format!("{min} to {max}"),
            Self::Ratio => "a ratio from 0 to 1".to_owned(),
            Self::Duration { min } => duration::expected(min),
            Self::Rate { min } => format!("{min} or more, or a rate like \"100/s\""),
            Self::Word(words) | Self::Words(words) => one_of(&words()),
            Self::Form { expected, .. } => expected.to_owned(),
            Self::Text => "text".to_owned(),
            Self::Texts => "text, or a list of texts".to_owned(),
            Self::Key => r#"a text, a number, or a list of these, like ["acme", 7]"#.to_owned(),
            Self::Name(table) | Self::Names(table) => {
                format!("the name of a {}", table.replace('_', " "))
            }
            Self::Tables(_) | Self::Shadow => "a table".to_owned(),
        }
    }
}

/// Returns the words as a list of which one is expected.
pub(crate) fn one_of<W: AsRef<str>>(words: &[W]) -> String {
    let words: Vec<_> = words.iter().map(AsRef::as_ref).collect();
    match &*words {
        [one] => (*one).to_owned(),
        several => format!("one of {}", several.join(", ")),
    }
}
