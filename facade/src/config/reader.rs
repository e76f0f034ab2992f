use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;

use figment::value::{Dict, Value};

use super::key_path::KeyPath;
use super::provenance::Provenance;
use super::raw::Raw;
use super::region::DEFAULTS;
use super::{ConfigError, Diagnostic, Place, Problem, Table};

/// Merged settings, and the problems found while they are read.
#[derive(Debug)]
pub(crate) struct Reader {
    root: Value,
    provenance: Provenance,
    problems: RefCell<Vec<Problem>>,
    /// The keys that were reported, as the merged settings have them.
    reported: RefCell<BTreeSet<KeyPath>>,
}

impl Reader {
    pub(super) fn new(root: Dict, provenance: Provenance, problems: Vec<Problem>) -> Self {
        Self {
            root: Value::from(root),
            provenance,
            problems: RefCell::new(problems),
            reported: RefCell::default(),
        }
    }

    /// Returns the table that contains all others.
    pub(crate) fn root(&self) -> Table<'_> {
        Table::new(self, KeyPath::default(), &self.root)
    }

    /// Returns all problems that were found, if there are any.
    pub(crate) fn finish(self) -> Result<(), ConfigError> {
        ConfigError::check(self.problems.into_inner())
    }

    pub(super) fn raw<'r>(&self, value: &'r Value) -> Raw<'r> {
        let tag = value.tag();
        let from_environment =
            self.provenance.is_environment(tag) || self.provenance.is_preset(tag);
        Raw { value: Cow::Borrowed(value), from_environment }
    }

    /// Returns true if no document has the table at `path`, and all that is in it is from variables.
    pub(super) fn is_environment(&self, table: &Value, path: &KeyPath) -> bool {
        /// Adds the sources of all values to those that were found: variables, and others.
        fn find(provenance: &Provenance, value: &Value, found: &mut [bool; 2]) {
            match value {
                Value::Dict(_, dict) => {
                    dict.values().for_each(|value| find(provenance, value, found));
                }
                value if provenance.is_default(value.tag()) => {}
                value => found[usize::from(!provenance.is_environment(value.tag()))] = true,
            }
        }
        let mut found = [false; 2];
        find(&self.provenance, table, &mut found);
        found == [true, false] && !self.provenance.is_documented(path)
    }

    /// Returns true if `value` holds for all components of a kind, or is of a preset.
    pub(super) fn is_default(&self, value: &Value) -> bool {
        self.provenance.is_default(value.tag())
    }

    /// Returns true if `value` is of a shadow, which has it from its component.
    pub(super) fn is_inherited(&self, value: &Value) -> bool {
        self.provenance.is_inherited(value.tag())
    }

    /// Returns the defaults of the components in the table `kind`.
    pub(super) fn defaults(&self, kind: &str) -> Option<&Value> {
        let defaults = self.root.as_dict()?.get(DEFAULTS)?.as_dict()?;
        defaults.get(kind).filter(|value| value.as_dict().is_some())
    }

    /// Returns true if a problem of the key at `path` was reported.
    pub(super) fn is_reported(&self, path: &KeyPath) -> bool {
        let key = path.to_string();
        self.reported.borrow().contains(path)
            || self.problems.borrow().iter().any(|problem| problem.place.key() == key)
    }

    /// Returns true if a problem of a key at or below `path` was reported.
    pub(super) fn is_reported_within(&self, path: &KeyPath) -> bool {
        let top = path.to_string();
        let is_within = |key: &str| {
            let rest = key.strip_prefix(&top);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.reported.borrow().iter().any(|reported| reported.starts_with(path))
            || self.problems.borrow().iter().any(|problem| is_within(problem.place.key()))
    }

    /// Returns the place of the table at `path`: the last document that has it.
    pub(super) fn place_of_table(&self, table: &Value, path: &KeyPath) -> Place {
        self.provenance.place_in(table.tag(), path, path)
    }

    /// Returns the place of the value at `path`.
    pub(super) fn place(&self, value: &Value, path: &KeyPath) -> Place {
        self.provenance.place(value.tag(), path)
    }

    /// Reports the value at `path` as `wrong`.
    pub(super) fn report(&self, value: &Value, path: &KeyPath, wrong: Diagnostic, expected: &str) {
        let place = self.provenance.place(value.tag(), path);
        self.push(path, Problem::new(place, wrong, expected));
    }

    /// Reports that `table` lacks the key at `path`, unless that key was reported already, for example
    /// as a variable that could not be used.
    pub(super) fn report_absence(
        &self,
        (table, above): (&Value, &KeyPath),
        path: &KeyPath,
        wrong: Diagnostic,
        expected: &str,
    ) {
        if !self.is_reported(path) {
            let place = self.provenance.place_in(table.tag(), above, path);
            self.push(path, Problem::new(place, wrong, expected));
        }
    }

    /// Adds a problem, unless one of the same key was reported.
    pub(crate) fn add(&self, problem: Problem) {
        let mut problems = self.problems.borrow_mut();
        if !problems.iter().any(|known| known.place.key() == problem.place.key()) {
            problems.push(problem);
        }
    }

    fn push(&self, path: &KeyPath, problem: Problem) {
        self.reported.borrow_mut().insert(path.clone());
        self.problems.borrow_mut().push(problem);
    }
}
