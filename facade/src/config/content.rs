use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use figment::value::Value;
use figment::{Figment, Provider};

use super::code_changes::CodeChanges;
use super::document::{Document, Format};
use super::environment::is_ours;
use super::place::{DocumentName, Origin};
use super::source::{Part, PartOrigin};
use super::view::View;
use super::{ConfigError, Diagnostic, Place, Problem, Reader};

/// What all sources contained at one time. What is validated is exactly what was compared.
#[derive(Clone)]
pub(crate) struct Content {
    parts: Vec<Gathered>,
    hash: ContentHash,
}

/// Tells contents apart. A content that comes back has the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ContentHash(u64);

/// What one source contained.
#[derive(Clone)]
pub(super) struct Gathered {
    pub(super) data: Data,
    pub(super) view: View,
}

#[derive(Clone)]
pub(super) enum Data {
    Document {
        name: DocumentName,
        format: Format,
        /// False if nothing is wrong where there is no such file.
        required: bool,
        bytes: Result<Arc<[u8]>, ErrorKind>,
    },
    /// The variables that are ours, in their order.
    Variables(Vec<(OsString, OsString)>),
    Value {
        key: String,
        value: Value,
    },
    Figment(Figment),
    Profile(String),
    Remove(String),
    Code(CodeChanges),
    Nothing,
}

impl Content {
    pub(super) fn gather(parts: &[Part]) -> Self {
        Self::new(parts.iter().map(Gathered::of).collect())
    }

    fn new(parts: Vec<Gathered>) -> Self {
        let mut hasher = DefaultHasher::new();
        parts.iter().for_each(|part| part.hash(&mut hasher));
        Self { parts, hash: ContentHash(hasher.finish()) }
    }

    /// Returns this content with `changes` over it.
    pub(crate) fn with(&self, changes: &CodeChanges) -> Self {
        Self::new(self.parts.iter().cloned().chain([changes.gathered()]).collect())
    }

    /// Returns this content with that of `more` over it.
    pub(crate) fn and(&self, more: &Self) -> Self {
        Self::new(self.parts.iter().chain(&more.parts).cloned().collect())
    }

    pub(super) fn parts(&self) -> &[Gathered] {
        &self.parts
    }

    pub(crate) const fn hash(&self) -> ContentHash {
        self.hash
    }

    /// Merges all sources. Fails if one cannot be read as a whole: the others alone would be reported
    /// wrongly.
    pub(crate) fn reader(&self) -> Result<Reader, ConfigError> {
        super::load::load(&self.parts)
    }

    /// Returns true if every file is there and can be parsed, and none is empty. What is not may be a
    /// file that is being written.
    pub(crate) fn looks_complete(&self) -> bool {
        self.files().all(|(_, format, required, bytes)| match bytes {
            Ok(bytes) => has_settings(format, bytes),
            Err(ErrorKind::NotFound) => !required,
            Err(_) => false,
        })
    }

    /// Returns a problem for each file that had settings `before` and is empty now: an editor or a
    /// full disk may have truncated it.
    pub(crate) fn emptied_since(&self, before: &Self) -> Vec<Problem> {
        let had_settings = |path: &Path| {
            let mut same = before.files().filter(|(other, ..)| *other == path);
            same.any(|(_, format, _, bytes)| bytes.is_ok_and(|bytes| has_settings(format, bytes)))
        };
        let emptied = self.files().filter(|(path, format, _, bytes)| {
            let is_empty = bytes.is_ok_and(|bytes| is_empty(*format, bytes));
            is_empty && had_settings(path)
        });
        let problem = |path: &Path| {
            let name = DocumentName::File(path.to_owned());
            let origin = Origin::Document { name, line: None, column: None };
            let wrong = Diagnostic::new("the file is empty, and had settings before");
            Problem::new(
                Place::new(origin, &super::key_path::KeyPath::default()),
                wrong,
                "settings",
            )
        };
        emptied.map(|(path, ..)| problem(path)).collect()
    }

    /// Returns the files among the sources, those of figments too.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        let figments = self.parts.iter().filter_map(|part| match &part.data {
            Data::Figment(figment) => Some(figment),
            _ => None,
        });
        let given = figments.flat_map(Figment::metadata);
        let given = given.filter_map(|metadata| metadata.source.as_ref()?.file_path());
        self.files().map(|(path, ..)| path).chain(given)
    }

    fn files(&self) -> impl Iterator<Item = (&Path, Format, bool, Result<&[u8], ErrorKind>)> {
        self.parts.iter().filter_map(|part| match &part.data {
            Data::Document { name: DocumentName::File(path), format, required, bytes } => {
                let bytes = bytes.as_deref().map_err(|kind| *kind);
                Some((&**path, *format, *required, bytes))
            }
            _ => None,
        })
    }
}

fn has_settings(format: Format, bytes: &[u8]) -> bool {
    Document::parse_bytes(format, bytes).is_ok_and(|document| !document.dict.is_empty())
}

fn is_empty(format: Format, bytes: &[u8]) -> bool {
    match Document::parse_bytes(format, bytes) {
        Ok(document) => document.dict.is_empty(),
        Err(_) => bytes.trim_ascii().is_empty(),
    }
}

impl Gathered {
    fn of(part: &Part) -> Self {
        let data = match &part.origin {
            PartOrigin::File { path, required } => Data::file(path, *required),
            PartOrigin::Text { format, text } => Data::Document {
                name: DocumentName::Inline(match format {
                    Format::Toml => "inline TOML",
                    Format::Json => "inline JSON",
                }),
                format: *format,
                required: true,
                bytes: Ok(text.as_bytes().into()),
            },
            PartOrigin::Environment => Data::variables(std::env::vars_os()),
            PartOrigin::Variables(variables) => Data::variables(variables.iter().cloned()),
            PartOrigin::Value { key, value } => {
                Data::Value { key: key.clone(), value: value.clone() }
            }
            PartOrigin::Figment(figment) => Data::Figment(figment.clone()),
            PartOrigin::FigmentWith(read) => Data::Figment(read()),
            PartOrigin::Profile(name) => Data::Profile(name.clone()),
            PartOrigin::Remove(key) => Data::Remove(key.clone()),
            PartOrigin::Nothing => Data::Nothing,
        };
        Self { data, view: part.view.clone() }
    }
}

impl Data {
    fn file(path: &Path, required: bool) -> Self {
        let bytes = fs::read(path).map(Into::into).map_err(|error| error.kind());
        let name = DocumentName::File(PathBuf::from(path));
        Self::Document { name, format: Format::of(path), required, bytes }
    }

    fn variables(all: impl Iterator<Item = (OsString, OsString)>) -> Self {
        let mut ours: Vec<_> = all.filter(|(name, _)| is_ours(name)).collect();
        ours.sort();
        Self::Variables(ours)
    }
}

impl Hash for Gathered {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.view.hash(state);
        std::mem::discriminant(&self.data).hash(state);
        match &self.data {
            Data::Document { bytes, .. } => bytes.hash(state),
            Data::Variables(variables) => variables.hash(state),
            Data::Value { key, value } => (key, json(value)).hash(state),
            Data::Figment(figment) => {
                figment.profile().as_str().as_str().hash(state);
                match figment.data() {
                    Ok(data) => json(&data).hash(state),
                    Err(error) => error.to_string().hash(state),
                }
            }
            Data::Profile(name) | Data::Remove(name) => name.hash(state),
            Data::Code(changes) => {
                let removed = changes.removed().iter().map(ToString::to_string);
                (removed.collect::<Vec<_>>(), json(changes.set())).hash(state);
            }
            Data::Nothing => {}
        }
    }
}

/// As text: figment's values cannot be hashed.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
