use std::ffi::OsString;
use std::path::Path;

use figment::value::{Dict, Map, Value};
use figment::{Error, Figment, Metadata, Profile, Provider};

use super::document::{Document, Format, Unreadable};
use super::environment::{Environment, insert};
use super::key_path::KeyPath;
use super::place::{DocumentName, Origin};
use super::provenance::{Known, Provenance, given_origin};
use super::source::Part;
use super::{ConfigError, Diagnostic, Place, Problem, Reader};

/// Merges `parts`, the later over the earlier.
pub(super) fn load(parts: &[Part]) -> Result<Reader, ConfigError> {
    let mut loading = Loading::default();
    for part in parts {
        loading.part(part);
    }
    ConfigError::check(loading.unreadable)?;
    let root = top(&loading.merged).unwrap_or_default();
    Ok(Reader::new(root, loading.provenance, loading.problems))
}

#[derive(Default)]
struct Loading {
    merged: Figment,
    provenance: Provenance,
    /// With these there is no telling what else is wrong.
    unreadable: Vec<Problem>,
    /// These stand beside what reading finds.
    problems: Vec<Problem>,
}

impl Loading {
    fn part(&mut self, part: &Part) {
        match part {
            Part::File { path, required } => self.file(path, *required),
            Part::Text { format, text } => {
                let name = match format {
                    Format::Toml => "inline TOML",
                    Format::Json => "inline JSON",
                };
                self.document(DocumentName::Inline(name), Document::parse(*format, text));
            }
            Part::Environment => self.environment(std::env::vars_os()),
            Part::Variables(variables) => self.environment(variables.iter().cloned()),
            Part::Value { key, value } => self.value(key, value.clone()),
            Part::Figment(figment) => self.given(figment),
        }
    }

    fn file(&mut self, path: &Path, required: bool) {
        match Document::read(path) {
            Err(Unreadable::Missing) if !required => {}
            document => self.document(DocumentName::File(path.to_owned()), document),
        }
    }

    fn document(&mut self, name: DocumentName, document: Result<Document, Unreadable>) {
        let (wrong, line, column) = match document {
            Ok(Document { dict, lines }) => {
                return self.merge(dict, Known::Document { name, lines });
            }
            Err(Unreadable::Missing) => {
                (Diagnostic::new("no such file").expected("a TOML or JSON file"), None, None)
            }
            Err(Unreadable::Io(kind)) => {
                (Diagnostic::new(format!("cannot be read: {kind}")), None, None)
            }
            Err(Unreadable::Syntax { message, line, column }) => {
                (Diagnostic::new(message), line, column)
            }
        };
        let place = Place::new(Origin::Document { name, line, column }, &KeyPath::default());
        self.unreadable.push(Problem::new(place, wrong, ""));
    }

    fn environment(&mut self, variables: impl IntoIterator<Item = (OsString, OsString)>) {
        let below = top(&self.merged).unwrap_or_default();
        let Environment { dict, variables, problems } = Environment::read(variables, &below);
        self.problems.extend(problems);
        self.merge(dict, Known::Environment { variables });
    }

    fn value(&mut self, key: &str, value: Value) {
        let keys: Vec<_> = key.split('.').map(str::to_owned).collect();
        let mut dict = Dict::new();
        if keys.iter().any(String::is_empty) {
            let place = Place::new(Origin::Code, &KeyPath::from_iter(&keys));
            let wrong = Diagnostic::new("a part of the key is empty").expected("table.key");
            self.problems.push(Problem::new(place, wrong, ""));
        } else {
            insert(&mut dict, &keys, value);
            self.merge(dict, Known::Code);
        }
    }

    fn given(&mut self, figment: &Figment) {
        match top(figment) {
            // Values keep the tags they have, so that `figment` can be asked about them.
            Ok(dict) => self.merged = std::mem::take(&mut self.merged).merge(Merged(dict)),
            Err(error) => self.unreadable.extend(error.into_iter().map(|error| given(&error))),
        }
        self.provenance.add_given(figment.clone());
    }

    fn merge(&mut self, dict: Dict, source: Known) {
        let figment = Figment::from(Merged(dict));
        let dict = top(&figment).unwrap_or_default();
        self.provenance.add(dict.values().next().map(Value::tag), source);
        self.merged = std::mem::take(&mut self.merged).merge(Merged(dict));
    }
}

/// The whole of what `figment` has in the profile that it selects.
fn top(figment: &Figment) -> Result<Dict, Box<Error>> {
    Ok(figment.find_value("").map_err(Box::new)?.into_dict().unwrap_or_default())
}

/// A source that figment could not read, in figment's words.
fn given(error: &Error) -> Problem {
    let path = KeyPath::from_iter(&error.path);
    let origin = match &error.metadata {
        Some(metadata) => given_origin(metadata, &path),
        None => Origin::Unknown,
    };
    // What follows the first line quotes the file.
    let message = error.kind.to_string();
    let message = message.lines().next().unwrap_or_default();
    Problem::new(Place::new(origin, &path), Diagnostic::new(message), "")
}

/// Settings, to figment.
struct Merged(Dict);

impl Provider for Merged {
    fn metadata(&self) -> Metadata {
        Metadata::named("seawall")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Profile::Default.collect(self.0.clone()))
    }
}
