use std::fmt;
use std::path::{Path, PathBuf};

use super::key_path::KeyPath;

/// The place of a problem: the file and line, the environment variable, or the code that a value
/// comes from, and its key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    origin: Origin,
    key: String,
}

/// The source of a value. Places sort in this order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    Document { name: DocumentName, line: Option<usize>, column: Option<usize> },
    Environment { variable: String },
    Code,
    Preset(&'static str),
    Other(String),
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DocumentName {
    File(PathBuf),
    Inline(&'static str),
}

impl Place {
    pub(super) fn new(origin: Origin, path: &KeyPath) -> Self {
        Self { origin, key: path.to_string() }
    }

    /// Returns the place of the key `name` in the table that this is the place of.
    pub(crate) fn below(&self, name: &str) -> Self {
        Self { origin: self.origin.clone(), key: format!("{}.{name}", self.key) }
    }

    /// Returns true if the value is from a preset.
    pub(crate) const fn is_preset(&self) -> bool {
        matches!(self.origin, Origin::Preset(_))
    }

    /// Returns the source and the line, as in `seawall.toml:3`, without the key.
    #[must_use]
    pub fn source(&self) -> String {
        self.origin.to_string()
    }

    /// Returns the key with its tables, as in `breaker.payments.window`. It is empty where a source
    /// cannot be read at all.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the file, if the value is from one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.origin {
            Origin::Document { name: DocumentName::File(path), .. } => Some(path),
            _ => None,
        }
    }

    /// Returns the line in the file or in the text, from 1.
    #[must_use]
    pub const fn line(&self) -> Option<usize> {
        match self.origin {
            Origin::Document { line, .. } => line,
            _ => None,
        }
    }

    /// Returns the column, from 1, where a file or a text cannot be parsed.
    #[must_use]
    pub const fn column(&self) -> Option<usize> {
        match self.origin {
            Origin::Document { column, .. } => column,
            _ => None,
        }
    }

    /// Returns the environment variable, if the value is from one.
    #[must_use]
    pub fn variable(&self) -> Option<&str> {
        match &self.origin {
            Origin::Environment { variable } => Some(variable),
            _ => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.origin)?;
        match self.origin {
            Origin::Unknown => f.write_str(&self.key),
            _ if self.key.is_empty() => Ok(()),
            _ => write!(f, ": {}", self.key),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document { name, line, column } => {
                match name {
                    DocumentName::File(path) => write!(f, "{}", path.display())?,
                    DocumentName::Inline(name) => f.write_str(name)?,
                }
                for number in [line, column].into_iter().flatten() {
                    write!(f, ":{number}")?;
                }
                Ok(())
            }
            Self::Environment { variable } => write!(f, "environment {variable}"),
            Self::Code => f.write_str("code"),
            Self::Preset(name) => write!(f, "preset {name}"),
            Self::Other(name) => f.write_str(name),
            Self::Unknown => Ok(()),
        }
    }
}
