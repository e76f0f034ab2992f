use std::ffi::OsString;
use std::path::PathBuf;

use figment::Figment;
use figment::value::Value;

use super::document::Format;
use super::{ConfigError, Reader};

/// The sources of settings: files, texts, the environment, code. Later ones win, key by key.
///
/// ```
/// use seawall::ConfigSource;
///
/// let source = ConfigSource::new()
///     .file_optional("/etc/seawall.toml")
///     .file("seawall.toml")
///     .environment()
///     .set("breaker.payments.failures", 3);
/// ```
///
/// Nothing is read before [`Builder::build`](crate::Builder::build).
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ConfigSource {
    parts: Vec<Part>,
}

/// One source.
#[derive(Clone)]
pub(super) enum Part {
    File { path: PathBuf, required: bool },
    Text { format: Format, text: String },
    Environment,
    Variables(Vec<(OsString, OsString)>),
    Value { key: String, value: Value },
    Figment(Figment),
}

impl ConfigSource {
    /// Creates a list of no sources.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the file at `path`, which must exist: JSON if its name ends in `.json`, otherwise TOML.
    pub fn file(self, path: impl Into<PathBuf>) -> Self {
        self.with(Part::File { path: path.into(), required: true })
    }

    /// Adds the file at `path`, if it exists.
    pub fn file_optional(self, path: impl Into<PathBuf>) -> Self {
        self.with(Part::File { path: path.into(), required: false })
    }

    /// Adds `text`, which is TOML.
    pub fn toml_str(self, text: impl Into<String>) -> Self {
        self.with(Part::Text { format: Format::Toml, text: text.into() })
    }

    /// Adds `text`, which is JSON.
    pub fn json_str(self, text: impl Into<String>) -> Self {
        self.with(Part::Text { format: Format::Json, text: text.into() })
    }

    /// Adds the process's environment: `SEAWALL_BREAKER__PAYMENTS__FAILURES=3` sets
    /// `breaker.payments.failures`.
    ///
    /// Where an earlier source has a key that differs only in case or in `-` for `_`, the variable
    /// means that key: `SEAWALL_BREAKER__CARD_API__WINDOW` sets that of `[breaker.card-api]`. A list
    /// has commas. Numbers are in plain decimal digits. Variables that Kubernetes sets for a service
    /// called `seawall` are ignored.
    ///
    /// A component that only variables describe has to be used by a protection or a pool: otherwise
    /// it is reported as a problem, since most often its name is misspelt.
    pub fn environment(self) -> Self {
        self.with(Part::Environment)
    }

    /// Adds `variables`, which are read as the environment is.
    pub fn environment_from<K, V>(self, variables: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        self.with(Part::Variables(variables.collect()))
    }

    /// Adds one setting; `key` contains its tables, as in `breaker.payments.failures`.
    pub fn set(self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.with(Part::Value { key: key.into(), value: value.into() })
    }

    /// Adds what `figment` has merged, in the profile that it selects.
    pub fn figment(self, figment: Figment) -> Self {
        self.with(Part::Figment(figment))
    }

    fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// Reads all sources as they are now. Fails if one cannot be read as a whole: the others alone
    /// would be reported wrongly.
    pub(crate) fn read(&self) -> Result<Reader, ConfigError> {
        super::load::load(&self.parts)
    }
}

impl std::fmt::Debug for Part {
    /// Without values: some of them are secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File { path, required } => {
                f.debug_struct("File").field("path", path).field("required", required).finish()
            }
            Self::Text { format, .. } => write!(f, "Text({format:?})"),
            Self::Environment => f.write_str("Environment"),
            Self::Variables(variables) => {
                f.debug_list().entries(variables.iter().map(|(name, _)| name)).finish()
            }
            Self::Value { key, .. } => write!(f, "Value({key})"),
            Self::Figment(_) => f.write_str("Figment"),
        }
    }
}
