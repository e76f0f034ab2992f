use std::collections::BTreeMap;
use std::io::ErrorKind;

use figment::value::{Dict, Value};
use figment::{Error, Figment, Profile};

use super::code_changes::{find, remove};
use super::content::{Data, Gathered};
use super::document::{Document, Unreadable};
use super::environment::{Environment, insert};
use super::key_path::KeyPath;
use super::merged::{Merged, fresh_tag, map_tags, top};
use super::nearest::nearest;
use super::place::{DocumentName, Origin};
use super::profile::{self, Chosen};
use super::provenance::{Known, Provenance, given_origin};
use super::region::{Region, Regions};
use super::view::View;
use super::{ConfigError, Diagnostic, Place, Problem, Reader, under};

/// Merges `parts`, and puts defaults and presets under the components.
pub(super) fn load(parts: &[Gathered]) -> Result<Reader, ConfigError> {
    let Loaded { mut root, mut provenance, unreadable, problems } = merge(parts);
    ConfigError::check(unreadable)?;
    under::apply(&mut root, &mut provenance);
    Ok(Reader::new(root, provenance, problems))
}

/// All sources in one tree.
pub(super) struct Loaded {
    pub(super) root: Dict,
    provenance: Provenance,
    unreadable: Vec<Problem>,
    problems: Vec<Problem>,
}

/// Merges `parts`, the later over the earlier, in the profile that they choose.
pub(super) fn merge(parts: &[Gathered]) -> Loaded {
    let mut problems = Vec::new();
    let chosen = profile::chosen(parts, &mut problems);
    let mut loading = Loading {
        merged: Figment::new(),
        provenance: Provenance::default(),
        profiles: Vec::new(),
        unreadable: Vec::new(),
        problems,
        chosen,
    };
    for part in parts {
        loading.part(part);
    }
    if let Some(chosen) = &loading.chosen {
        loading.problems.extend(chosen.check(&loading.profiles));
    }
    let root = top(&loading.merged).unwrap_or_default();
    let Loading { provenance, unreadable, problems, .. } = loading;
    Loaded { root, provenance, unreadable, problems }
}

struct Loading {
    merged: Figment,
    provenance: Provenance,
    chosen: Option<Chosen>,
    /// Those that the sources have.
    profiles: Vec<String>,
    /// With these there is no telling what else is wrong.
    unreadable: Vec<Problem>,
    /// These stand beside what reading finds.
    problems: Vec<Problem>,
}

impl Loading {
    fn part(&mut self, part: &Gathered) {
        match &part.data {
            Data::Document { required: false, bytes: Err(ErrorKind::NotFound), .. } => {}
            Data::Document { name, format, bytes, .. } => match bytes {
                Ok(bytes) => {
                    self.document(name, Document::parse_bytes(*format, bytes), &part.view);
                }
                Err(kind) => self.document(name, Err(Unreadable::Io(*kind)), &part.view),
            },
            Data::Variables(variables) => {
                let below = top(&self.merged).unwrap_or_default();
                let Environment { dict, variables, problems } =
                    Environment::read(variables.iter().cloned(), &below);
                self.problems.extend(problems);
                self.merge(dict, &part.view, &Known::Environment { variables });
            }
            Data::Value { key, value } => self.value(key, value.clone(), &part.view),
            Data::Figment(figment) => self.given(figment, &part.view),
            Data::Profile(_) => {}
            Data::Remove(key) => self.remove(key),
            Data::Code(changes) => {
                let mut root = top(&self.merged).unwrap_or_default();
                changes.removed().iter().for_each(|path| _ = remove(&mut root, path));
                self.merged = Figment::from(Merged(root));
                self.merge(changes.set().clone(), &part.view, &Known::Code);
            }
            Data::Nothing => self.problem(
                Origin::Code,
                &KeyPath::default(),
                Diagnostic::new("`table` and `nested` follow a file, a text or a figment"),
            ),
        }
    }

    fn document(
        &mut self,
        name: &DocumentName,
        document: Result<Document, Unreadable>,
        view: &View,
    ) {
        let (wrong, line, column) = match document {
            Ok(Document { dict, lines }) => {
                return self.merge(
                    dict,
                    view,
                    &Known::Document { name: name.clone(), lines: lines.into() },
                );
            }
            Err(Unreadable::Io(ErrorKind::NotFound)) => {
                (Diagnostic::new("no such file").expected("a TOML or JSON file"), None, None)
            }
            Err(Unreadable::Io(kind)) => {
                (Diagnostic::new(format!("cannot be read: {kind}")), None, None)
            }
            Err(Unreadable::Syntax { message, line, column }) => {
                (Diagnostic::new(message), line, column)
            }
        };
        let place =
            Place::new(Origin::Document { name: name.clone(), line, column }, &KeyPath::default());
        self.unreadable.push(Problem::new(place, wrong, ""));
    }

    fn value(&mut self, key: &str, value: Value, view: &View) {
        let keys: Vec<_> = key.split('.').map(str::to_owned).collect();
        let mut dict = Dict::new();
        if keys.iter().any(String::is_empty) {
            let wrong = Diagnostic::new("a part of the key is empty").expected("table.key");
            self.problem(Origin::Code, &KeyPath::from_iter(&keys), wrong);
        } else {
            insert(&mut dict, &keys, value);
            self.merge(dict, view, &Known::Code);
        }
    }

    /// Takes away what the sources so far have at `key`.
    fn remove(&mut self, key: &str) {
        let mut root = top(&self.merged).unwrap_or_default();
        let path = KeyPath::from_iter(key.split('.'));
        if remove(&mut root, &path) {
            self.merged = Figment::from(Merged(root));
            return;
        }
        let beside = match path.parent() {
            Some(above) if !above.is_top() => {
                find(&root, &above).and_then(Value::as_dict).cloned().unwrap_or_default()
            }
            _ => root,
        };
        let near = nearest(path.last(), beside.keys().map(String::as_str));
        let wrong = Diagnostic::new("there is nothing to remove").suggest(near);
        self.problem(Origin::Code, &path, wrong);
    }

    fn given(&mut self, figment: &Figment, view: &View) {
        let selected = match &self.chosen {
            Some(chosen) if *figment.profile() == Profile::Default => {
                Some(figment.clone().select(&*chosen.name))
            }
            _ => None,
        };
        let custom = figment.profiles().filter(|profile| profile.is_custom());
        self.profiles.extend(custom.map(Profile::to_string));
        let figment = selected.as_ref().unwrap_or(figment);
        match top(figment) {
            Ok(dict) => {
                let regions = self.regions(dict, view, &Known::Other(figment.clone()));
                for (region, dict) in regions {
                    self.retag(&region, dict, figment);
                }
            }
            Err(error) => self.unreadable.extend(error.into_iter().map(|error| given(&error))),
        }
    }

    /// Merges values that have tags of `figment`, under tags of their own: a figment does not know
    /// regions.
    fn retag(&mut self, region: &Region, mut dict: Dict, figment: &Figment) {
        let mut tags = BTreeMap::new();
        for value in dict.values_mut() {
            map_tags(value, &mut |tag| *tags.entry(tag).or_insert_with(fresh_tag));
        }
        for (given, tag) in tags {
            let known = Known::Given {
                metadata: figment.get_metadata(given).cloned(),
                profile: figment.profile().clone(),
            };
            self.provenance.add(Some(tag), region.clone(), known);
        }
        self.merged = std::mem::take(&mut self.merged).merge(Merged(dict));
    }

    fn merge(&mut self, dict: Dict, view: &View, source: &Known) {
        for (region, dict) in self.regions(dict, view, source) {
            let figment = Figment::from(Merged(dict));
            let dict = top(&figment).unwrap_or_default();
            self.provenance.add(dict.values().next().map(Value::tag), region, source.clone());
            self.merged = std::mem::take(&mut self.merged).merge(Merged(dict));
        }
    }

    /// Takes `dict` apart, and reports what is wrong with its tables.
    fn regions(&mut self, dict: Dict, view: &View, source: &Known) -> Vec<(Region, Dict)> {
        let chosen = self.chosen.as_ref().map(|chosen| &*chosen.name);
        let Regions { parts, profiles, problems } = Regions::of(dict, view, chosen);
        self.profiles.extend(profiles);
        for (path, wrong) in problems {
            self.problem(source.origin(&path), &path, wrong);
        }
        parts
    }

    fn problem(&mut self, origin: Origin, path: &KeyPath, wrong: Diagnostic) {
        self.problems.push(Problem::new(Place::new(origin, path), wrong, ""));
    }
}

/// A source that figment could not read, in figment's words.
fn given(error: &Error) -> Problem {
    let path = KeyPath::from_iter(&error.path);
    let origin = match &error.metadata {
        Some(metadata) => given_origin(metadata, &path, &Profile::Default),
        None => Origin::Unknown,
    };
    // What follows the first line quotes the file.
    let message = error.kind.to_string();
    let message = message.lines().next().unwrap_or_default();
    Problem::new(Place::new(origin, &path), Diagnostic::new(message), "")
}
