use std::path::Path;

use figment::value::Tag;
use figment::{Figment, Metadata, Source};

use super::Place;
use super::document::Document;
use super::key_path::KeyPath;
use super::place::{DocumentName, Origin};
use super::positions::Positions;

/// The source of each value. figment tags values with it.
#[derive(Debug, Default)]
pub(super) struct Provenance {
    /// The sources that were read here, in their order.
    sources: Vec<(Option<Tag>, Known)>,
    /// The sources that figment had merged already.
    given: Vec<Figment>,
}

/// A source that was read here.
#[derive(Debug)]
pub(super) enum Known {
    Document { name: DocumentName, lines: Positions<usize> },
    Environment { variables: Positions<String> },
    Code,
}

impl Known {
    fn origin(&self, path: &KeyPath) -> Origin {
        match self {
            Self::Document { name, lines } => {
                let line = lines.nearest(path).copied();
                Origin::Document { name: name.clone(), line, column: None }
            }
            Self::Environment { variables } => match variables.nearest(path) {
                Some(variable) => Origin::Environment { variable: variable.clone() },
                None => Origin::Unknown,
            },
            Self::Code => Origin::Code,
        }
    }

    /// Returns true if it is a document that has the table at `path`.
    fn documents(&self, path: &KeyPath) -> bool {
        match self {
            Self::Document { lines, .. } => path.is_top() || lines.get(path).is_some(),
            _ => false,
        }
    }
}

impl Provenance {
    /// Adds a source, whose values have `tag` if there are any.
    pub(super) fn add(&mut self, tag: Option<Tag>, source: Known) {
        self.sources.push((tag, source));
    }

    pub(super) fn add_given(&mut self, figment: Figment) {
        self.given.push(figment);
    }

    /// Returns the place of the value at `path` which has `tag`.
    pub(super) fn place(&self, tag: Tag, path: &KeyPath) -> Place {
        Place::new(self.origin(tag, path), path)
    }

    /// Returns the place of a key that `table`, tagged `tag`, lacks: the last document that has the
    /// table, where the key would be added.
    pub(super) fn place_in(&self, tag: Tag, table: &KeyPath, path: &KeyPath) -> Place {
        let mut latest_first = self.sources.iter().rev().map(|(_, source)| source);
        let origin = match latest_first.find(|source| source.documents(table)) {
            Some(document) => document.origin(table),
            None => self.origin(tag, table),
        };
        Place::new(origin, path)
    }

    /// Returns true if a file or a text has the table at `path`.
    pub(super) fn is_documented(&self, path: &KeyPath) -> bool {
        self.sources.iter().any(|(_, source)| source.documents(path))
    }

    /// Returns true if values tagged `tag` are environment variables, where everything is text.
    pub(super) fn is_environment(&self, tag: Tag) -> bool {
        match self.known(tag) {
            Some(source) => matches!(source, Known::Environment { .. }),
            None => self.metadata(tag).is_some_and(|given| given.name.contains("environment")),
        }
    }

    fn origin(&self, tag: Tag, path: &KeyPath) -> Origin {
        match self.known(tag) {
            Some(source) => source.origin(path),
            None => self.metadata(tag).map_or(Origin::Unknown, |given| given_origin(given, path)),
        }
    }

    fn known(&self, tag: Tag) -> Option<&Known> {
        self.sources.iter().find(|(known, _)| *known == Some(tag)).map(|(_, source)| source)
    }

    fn metadata(&self, tag: Tag) -> Option<&Metadata> {
        self.given.iter().find_map(|figment| figment.get_metadata(tag))
    }
}

/// Returns what figment knows of a source, and the line in a file that still has the key.
pub(super) fn given_origin(metadata: &Metadata, path: &KeyPath) -> Origin {
    match &metadata.source {
        Some(Source::File(file)) => {
            let line = line_in(file, path);
            Origin::Document { name: DocumentName::File(file.clone()), line, column: None }
        }
        Some(Source::Code(_)) => Origin::Code,
        _ => Origin::Other(metadata.name.to_string()),
    }
}

fn line_in(file: &Path, path: &KeyPath) -> Option<usize> {
    Document::read(file).ok()?.lines.nearest(path).copied()
}
