use std::fs;
use std::path::Path;
use std::sync::Arc;

use figment::value::Tag;
use figment::{Figment, Metadata, Profile, Source};

use super::Place;
use super::document::{Document, Format};
use super::key_path::KeyPath;
use super::merged::fresh_tag;
use super::place::{DocumentName, Origin};
use super::positions::Positions;
use super::region::Region;

/// The source of each value, and the region of the source. figment tags values with it.
#[derive(Debug, Default)]
pub(super) struct Provenance(Vec<Tagged>);

#[derive(Debug)]
struct Tagged {
    /// The tag of all values; `None` if there are none.
    tag: Option<Tag>,
    region: Region,
    source: Known,
}

/// A source.
#[derive(Clone, Debug)]
pub(super) enum Known {
    Document {
        name: DocumentName,
        lines: Arc<Positions<usize>>,
    },
    Environment {
        variables: Positions<String>,
    },
    Code,
    /// A preset, by its name.
    Preset(&'static str),
    /// A source that a figment had merged already.
    Given {
        metadata: Option<Metadata>,
        profile: Profile,
    },
    /// A whole figment.
    Other(Figment),
}

impl Known {
    /// Returns the origin of what the source has at `path`.
    pub(super) fn origin(&self, path: &KeyPath) -> Origin {
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
            Self::Preset(name) => Origin::Preset(name),
            Self::Given { metadata: Some(metadata), profile } => {
                given_origin(metadata, path, profile)
            }
            Self::Other(figment) => match figment.find_metadata(&path.to_string()) {
                Some(metadata) => given_origin(metadata, path, figment.profile()),
                None => Origin::Unknown,
            },
            Self::Given { metadata: None, .. } => Origin::Unknown,
        }
    }

    const fn lines(&self) -> Option<&Arc<Positions<usize>>> {
        match self {
            Self::Document { lines, .. } => Some(lines),
            _ => None,
        }
    }
}

impl Tagged {
    fn place(&self, path: &KeyPath) -> Place {
        let path = self.region.written(path);
        Place::new(self.source.origin(&path), &path)
    }

    /// Returns true if it is a document that has the table at `path`.
    fn documents(&self, path: &KeyPath) -> bool {
        let Some(lines) = self.source.lines() else { return false };
        let path = self.region.written(path);
        path.is_top() || lines.get(&path).is_some()
    }
}

impl Provenance {
    /// Adds a region of a source, whose values have `tag` if there are any.
    pub(super) fn add(&mut self, tag: Option<Tag>, region: Region, source: Known) {
        self.0.push(Tagged { tag, region, source });
    }

    /// Returns the place of the value at `path` which has `tag`.
    pub(super) fn place(&self, tag: Tag, path: &KeyPath) -> Place {
        match self.tagged(tag) {
            Some(tagged) => tagged.place(path),
            None => Place::new(Origin::Unknown, path),
        }
    }

    /// Returns the place of a key that `table`, tagged `tag`, lacks: the last document that has the
    /// table, where the key would be added.
    pub(super) fn place_in(&self, tag: Tag, table: &KeyPath, path: &KeyPath) -> Place {
        let tagged = match self.documents(table).next() {
            Some(document) => document,
            None => match self.tagged(tag) {
                Some(tagged) => tagged,
                None => return Place::new(Origin::Unknown, path),
            },
        };
        let origin = tagged.source.origin(&tagged.region.written(table));
        Place::new(origin, &tagged.region.written(path))
    }

    /// Returns true if a file or a text has the table at `path`.
    pub(super) fn is_documented(&self, path: &KeyPath) -> bool {
        self.documents(path).next().is_some()
    }

    /// Returns true if values tagged `tag` are environment variables, where everything is text.
    pub(super) fn is_environment(&self, tag: Tag) -> bool {
        match self.tagged(tag).map(|tagged| &tagged.source) {
            Some(Known::Environment { .. }) => true,
            Some(Known::Given { metadata: Some(metadata), .. }) => {
                metadata.name.contains("environment")
            }
            _ => false,
        }
    }

    /// Returns true if values tagged `tag` are written for no component: they hold for all of a kind, are
    /// of a preset, or are those that a shadow has from its component.
    pub(super) fn is_default(&self, tag: Tag) -> bool {
        let is_default = |tagged: &Tagged| tagged.region.is_default || tagged.region.is_inherited;
        self.tagged(tag).is_some_and(is_default) || self.is_preset(tag)
    }

    /// Returns true if values tagged `tag` are those that shadows have from their components.
    pub(super) fn is_inherited(&self, tag: Tag) -> bool {
        self.tagged(tag).is_some_and(|tagged| tagged.region.is_inherited)
    }

    /// Returns a new tag of the values tagged `tag` that shadows have from their components.
    pub(super) fn inherit(&mut self, tag: Tag) -> Option<Tag> {
        let Tagged { region, source, .. } = self.tagged(tag)?;
        let region = Region { is_inherited: true, ..region.clone() };
        let (source, fresh) = (source.clone(), fresh_tag());
        self.add(Some(fresh), region, source);
        Some(fresh)
    }

    /// Returns true if values tagged `tag` are of a preset, in which everything is text.
    pub(super) fn is_preset(&self, tag: Tag) -> bool {
        self.tagged(tag).is_some_and(|tagged| matches!(tagged.source, Known::Preset(_)))
    }

    /// Returns the documents that have the table at `path`, the latest first.
    fn documents(&self, path: &KeyPath) -> impl Iterator<Item = &Tagged> {
        let own = self.0.iter().rev();
        let own = own.filter(|tagged| !tagged.region.is_default && !tagged.region.is_inherited);
        own.filter(|tagged| tagged.documents(path))
    }

    fn tagged(&self, tag: Tag) -> Option<&Tagged> {
        self.0.iter().find(|tagged| tagged.tag == Some(tag))
    }
}

/// Returns what figment knows of a source, and the line in a file that still has the key.
pub(super) fn given_origin(metadata: &Metadata, path: &KeyPath, profile: &Profile) -> Origin {
    match &metadata.source {
        Some(Source::File(file)) => {
            let line = line_in(file, path, profile);
            Origin::Document { name: DocumentName::File(file.clone()), line, column: None }
        }
        Some(Source::Code(_)) => Origin::Code,
        _ => Origin::Other(metadata.name.to_string()),
    }
}

/// The file may have its profiles at the top. The one that wins in figment comes first.
fn line_in(file: &Path, path: &KeyPath, profile: &Profile) -> Option<usize> {
    let lines = Document::parse_bytes(Format::of(file), &fs::read(file).ok()?).ok()?.lines;
    let profiles = [Profile::Global, profile.clone(), Profile::Default];
    let nested = profiles.map(|profile| KeyPath::from_iter([profile.to_string()]).join(path));
    let exact = nested.iter().find_map(|path| lines.get(path));
    exact.or_else(|| lines.nearest(path)).copied()
}
