use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use figment::Figment;
use figment::value::Value;

use super::content::Content;
use super::document::Format;
use super::view::View;
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
/// Nothing is read before [`Builder::build`](crate::Builder::build), and each reload reads everything
/// again.
///
/// # Defaults
/// `[defaults.breaker]` has values for every breaker, which its own table overrides; so have
/// `[defaults.rate_limit]`, `[defaults.bulkhead]`, `[defaults.pool]` and `[defaults.protection]`.
///
/// ```toml
/// [defaults.breaker]
/// failures = 10
/// window = "30s"
///
/// [breaker.payments]       # 10 failures within 30 s
/// [breaker.search]
/// failures = 50            # 50 failures within 30 s
/// ```
///
/// # Profiles
/// Any source may have settings of several profiles, one of which is chosen by
/// [`profile`](Self::profile) or by the variable `SEAWALL_PROFILE`: `[profile.production.…]` contains
/// any settings, which override those that the same source has without a profile.
///
/// ```toml
/// [breaker.payments]
/// failures = 5
///
/// [profile.production.breaker.payments]
/// failures = 20
///
/// [profile.production.defaults.pool]
/// max_size = 50
/// ```
///
/// Profiles as figment nests them, at the top of a file, are read after [`nested`](Self::nested).
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ConfigSource {
    parts: Vec<Part>,
}

/// One source.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) origin: PartOrigin,
    pub(super) view: View,
}

#[derive(Clone)]
pub(super) enum PartOrigin {
    File {
        path: PathBuf,
        required: bool,
    },
    Text {
        format: Format,
        text: String,
    },
    Environment,
    Variables(Vec<(OsString, OsString)>),
    Value {
        key: String,
        value: Value,
    },
    Figment(Figment),
    FigmentWith(Arc<dyn Fn() -> Figment + Send + Sync>),
    Profile(String),
    Remove(String),
    /// No source: `table` or `nested` was called on it.
    Nothing,
}

impl ConfigSource {
    /// Creates a list of no sources.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the file at `path`, which must exist: JSON if its name ends in `.json`, otherwise TOML.
    pub fn file(self, path: impl Into<PathBuf>) -> Self {
        self.with(PartOrigin::File { path: path.into(), required: true })
    }

    /// Adds the file at `path`, if it exists.
    pub fn file_optional(mut self, path: impl Into<PathBuf>) -> Self {
        let origin = PartOrigin::File { path: path.into(), required: false };
        self.parts.push(Part { origin, view: View::optional() });
        self
    }

    /// Adds `text`, which is TOML.
    pub fn toml_str(self, text: impl Into<String>) -> Self {
        self.with(PartOrigin::Text { format: Format::Toml, text: text.into() })
    }

    /// Adds `text`, which is JSON.
    pub fn json_str(self, text: impl Into<String>) -> Self {
        self.with(PartOrigin::Text { format: Format::Json, text: text.into() })
    }

    /// Takes only the table `table` of the source that was added last, a file, a text or a figment:
    /// so an application's own file has the settings in a table of it. The other tables are not
    /// looked at.
    ///
    /// ```
    /// use seawall::ConfigSource;
    ///
    /// let source = ConfigSource::new().file("app.toml").table("seawall").environment();
    /// ```
    ///
    /// A source without the table is a problem, unless the file is optional.
    pub fn table(mut self, table: impl Into<String>) -> Self {
        self.view().set_table(table.into());
        self
    }

    /// Reads the tables at the top of the source that was added last, a file or a text, as profiles:
    /// as figment does after `Toml::nested`. The profile `default` is under the chosen one, and
    /// `global` over it.
    pub fn nested(mut self) -> Self {
        self.view().nest();
        self
    }

    /// Adds the process's environment: `SEAWALL_BREAKER__PAYMENTS__FAILURES=3` sets
    /// `breaker.payments.failures`, and `SEAWALL_PROFILE=production` chooses a profile.
    ///
    /// Where an earlier source has a key that differs only in case or in `-` for `_`, the variable
    /// means that key: `SEAWALL_BREAKER__CARD_API__WINDOW` sets that of `[breaker.card-api]`. A list
    /// has commas. Numbers are in plain decimal digits. Variables that Kubernetes sets for a service
    /// called `seawall` are ignored, and so is `SEAWALL_CONFIG`.
    ///
    /// A component that only variables describe has to be used by a protection or a pool: otherwise
    /// it is reported as a problem, since most often its name is misspelt.
    pub fn environment(self) -> Self {
        self.with(PartOrigin::Environment)
    }

    /// Adds `variables`, which are read as the environment is.
    pub fn environment_from<K, V>(self, variables: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        self.with(PartOrigin::Variables(variables.collect()))
    }

    /// Adds one setting; `key` contains its tables, as in `breaker.payments.failures`.
    pub fn set(self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.with(PartOrigin::Value { key: key.into(), value: value.into() })
    }

    /// Adds what `figment` has merged, in the profile that it selects; if it selects none, in the one
    /// that is chosen here.
    ///
    /// A figment has read its files already, so that a reload sees no change of them: see
    /// [`figment_with`](Self::figment_with).
    pub fn figment(self, figment: Figment) -> Self {
        self.with(PartOrigin::Figment(figment))
    }

    /// Adds what the figment that `read` returns has merged, as [`figment`](Self::figment) does.
    /// `read` is called for each reload, so that it sees the figment's files as they are then.
    pub fn figment_with(self, read: impl Fn() -> Figment + Send + Sync + 'static) -> Self {
        self.with(PartOrigin::FigmentWith(Arc::new(read)))
    }

    /// Chooses the profile `name` in all sources. `SEAWALL_PROFILE` chooses another one if the
    /// environment is added later. The name `default` stands for no profile.
    ///
    /// A profile that no source has is a problem.
    pub fn profile(self, name: impl Into<String>) -> Self {
        self.with(PartOrigin::Profile(name.into()))
    }

    /// Removes what earlier sources have at `key`, for example a component: `breaker.payments`.
    pub fn remove(self, key: impl Into<String>) -> Self {
        self.with(PartOrigin::Remove(key.into()))
    }

    fn with(mut self, origin: PartOrigin) -> Self {
        self.parts.push(Part { origin, view: View::default() });
        self
    }

    /// The view of the source that was added last.
    fn view(&mut self) -> &mut View {
        if !self.parts.last().is_some_and(Part::has_view) {
            self.parts.push(Part { origin: PartOrigin::Nothing, view: View::default() });
        }
        let last = self.parts.len() - 1;
        &mut self.parts[last].view
    }

    /// Reads all sources as they are now.
    pub(crate) fn gather(&self) -> Content {
        Content::gather(&self.parts)
    }

    /// Reads all sources as they are now, and merges them. Fails if one cannot be read as a whole: the
    /// others alone would be reported wrongly.
    pub(crate) fn read(&self) -> Result<Reader, ConfigError> {
        self.gather().reader()
    }
}

impl Part {
    /// Returns true if a table of it, or its profiles, can be meant.
    const fn has_view(&self) -> bool {
        use PartOrigin::{Figment, FigmentWith, File, Nothing, Text};
        matches!(self.origin, File { .. } | Text { .. } | Figment(_) | FigmentWith(_) | Nothing)
    }
}

impl fmt::Debug for Part {
    /// Without values: some of them are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            PartOrigin::File { path, required } => {
                f.debug_struct("File").field("path", path).field("required", required).finish()
            }
            PartOrigin::Text { format, .. } => write!(f, "Text({format:?})"),
            PartOrigin::Environment => f.write_str("Environment"),
            PartOrigin::Variables(variables) => {
                f.debug_list().entries(variables.iter().map(|(name, _)| name)).finish()
            }
            PartOrigin::Value { key, .. } => write!(f, "Value({key})"),
            PartOrigin::Figment(_) | PartOrigin::FigmentWith(_) => f.write_str("Figment"),
            PartOrigin::Profile(name) => write!(f, "Profile({name})"),
            PartOrigin::Remove(key) => write!(f, "Remove({key})"),
            PartOrigin::Nothing => f.write_str("Nothing"),
        }
    }
}
