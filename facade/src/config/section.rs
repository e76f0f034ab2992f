use std::cell::RefCell;
use std::fmt;

use figment::value::{Dict, Value};

use super::key_path::KeyPath;
use super::names::is_name;
use super::nearest::nearest;
use super::raw::{Raw, quoted};
use super::setting::Read;
use super::{Diagnostic, Names, Reader, Setting};

/// One table of the settings.
///
/// Each setting is read by its name and kind. The names that were read are those that the table may
/// have; [`finish`](Self::finish) reports all others.
pub(crate) struct Section<'r> {
    reader: &'r Reader,
    path: KeyPath,
    table: &'r Value,
    known: RefCell<Vec<String>>,
}

impl<'r> Section<'r> {
    pub(super) fn new(reader: &'r Reader, path: KeyPath, table: &'r Value) -> Self {
        Self { reader, path, table, known: RefCell::new(Vec::new()) }
    }

    /// Returns the table's own name, as in `[breaker.NAME]`.
    pub(crate) fn name(&self) -> &str {
        self.path.last()
    }

    /// Reads the table `name`.
    pub(crate) fn section<'s>(&'s self, name: &'s str) -> Setting<'s, Section<'r>> {
        let read = match self.get(name) {
            Some(value @ Value::Dict(..)) => {
                Read::Good(Section::new(self.reader, self.path.key(name), value))
            }
            Some(value) => {
                self.report(name, self.reader.raw(value).is_no_table(), A_TABLE);
                Read::Bad
            }
            None => Read::Absent,
        };
        Setting { section: self, name, expected: A_TABLE.to_owned(), read }
    }

    /// Returns the table `name` in the table `table`, as if it were there and had nothing in it.
    #[cfg(feature = "__pool")]
    pub(crate) fn empty(&self, table: &str, name: &str) -> Section<'r> {
        static EMPTY: Value = Value::Dict(figment::value::Tag::Default, Dict::new());
        Section::new(self.reader, self.path.key(table).key(name), &EMPTY)
    }

    /// Returns the tables in the table `name`: each `[breaker.NAME]`.
    pub(crate) fn sections(&self, name: &str) -> Vec<Section<'r>> {
        let Some(tables) = self.section(name).optional() else { return Vec::new() };
        let mut sections = Vec::new();
        for (key, value) in tables.dict() {
            if !is_name(key) {
                let found = format!("{} is not a name", quoted(key));
                tables.report(key, Diagnostic::new(found), "letters, digits, `_` and `-`");
            }
            match value {
                Value::Dict(..) => {
                    sections.push(Section::new(self.reader, tables.path.key(key), value));
                }
                _ => {
                    let expected = format!("`[{name}.NAME]`, with the settings below it");
                    tables.report(key, self.reader.raw(value).is_no_table(), &expected);
                }
            }
        }
        sections
    }

    /// Returns the names in the table `name`, for settings that refer to them; also of tables with
    /// problems.
    pub(crate) fn names(&self, name: &str) -> Names {
        let what = name.replace('_', " ");
        match self.section(name).read {
            Read::Good(tables) => Names::new(what, tables.dict().keys()),
            Read::Absent => Names::new(what, None::<String>),
            Read::Bad => Names::unreadable(what),
        }
    }

    /// Reads the setting `name` by `parse`; `expected` says what that accepts.
    pub(super) fn read<'s, T>(
        &'s self,
        name: &'s str,
        expected: impl Into<String>,
        parse: impl FnOnce(&Raw<'r>) -> Result<T, Diagnostic>,
    ) -> Setting<'s, T> {
        let expected = expected.into();
        let read = match self.get(name).map(|value| parse(&self.reader.raw(value))) {
            Some(Ok(value)) => Read::Good(value),
            Some(Err(wrong)) => {
                self.report(name, wrong, &expected);
                Read::Bad
            }
            None => Read::Absent,
        };
        Setting { section: self, name, expected, read }
    }

    /// Reads the setting `name`, a list whose elements `parse` reads; one element may stand alone.
    pub(super) fn read_each<'s, T>(
        &'s self,
        name: &'s str,
        expected: impl Into<String>,
        mut parse: impl FnMut(&Raw<'r>) -> Result<T, Diagnostic>,
    ) -> Setting<'s, Vec<T>> {
        let expected = expected.into();
        let read_one = |(path, element): (KeyPath, Raw<'r>)| {
            let report = |wrong| self.reader.report(&element.value, &path, wrong, &expected);
            parse(&element).map_err(report).ok()
        };
        let read = match self.get(name) {
            Some(value) => {
                let elements = self.reader.raw(value).elements(&self.path.key(name));
                // All are read, so that all problems are reported.
                let read: Vec<_> = elements.into_iter().map(read_one).collect();
                read.into_iter().collect::<Option<_>>().map_or(Read::Bad, Read::Good)
            }
            None => Read::Absent,
        };
        Setting { section: self, name, expected, read }
    }

    /// Returns what was started from this table, or reports its option that is invalid.
    #[cfg(feature = "__component")]
    pub(crate) fn accept<T>(&self, started: Result<T, seawall_core::InvalidOption>) -> Option<T> {
        let reject = |invalid: &seawall_core::InvalidOption| {
            self.reject(invalid.option(), Diagnostic::new(invalid.problem()));
        };
        started.inspect_err(reject).ok()
    }

    /// Reports the setting `name` as wrong, unless something is known to be wrong with it already.
    pub(crate) fn reject(&self, name: &str, wrong: Diagnostic) {
        if !self.reader.is_reported(&self.path.key(name)) {
            self.report(name, wrong, "");
        }
    }

    /// Reports the table itself as wrong.
    pub(crate) fn reject_table(&self, wrong: Diagnostic) {
        self.reader.report_absence((self.table, &self.path), &self.path, wrong, "");
    }

    /// Returns true if the table has no key.
    pub(crate) fn is_empty(&self) -> bool {
        self.dict().is_empty()
    }

    /// Returns true if there is a key `name`, whatever its value.
    #[cfg(any(feature = "breaker", feature = "breaker-failsafe", feature = "ratelimit-governor"))]
    pub(crate) fn has(&self, name: &str) -> bool {
        self.dict().contains_key(name)
    }

    /// Returns true if environment variables set everything that is in the table.
    pub(crate) fn is_environment(&self) -> bool {
        self.reader.is_environment(self.table, &self.path)
    }

    /// Accepts the key `name` without reading it.
    #[cfg(any(feature = "breaker-failsafe", feature = "ratelimit-governor", feature = "__pool"))]
    pub(crate) fn ignore(&self, name: &str) {
        self.get(name);
    }

    /// Reports every key that was not read.
    pub(crate) fn finish(self) {
        self.check_keys();
    }

    /// Reports every key that was not read, for a section that is used further.
    pub(crate) fn check_keys(&self) {
        let known = self.known.borrow();
        let expected = match &**known {
            [] => "no keys here".to_owned(),
            [one] => one.clone(),
            several => format!("one of {}", several.join(", ")),
        };
        for key in self.dict().keys().filter(|key| !known.contains(key)) {
            let near = nearest(key, known.iter().map(String::as_str));
            // A long list hides the one that was meant.
            let expected = if near.is_some() && known.len() > 8 { "" } else { &*expected };
            self.report(key, Diagnostic::new("unknown key").suggest(near), expected);
        }
    }

    pub(super) fn report(&self, name: &str, wrong: Diagnostic, expected: &str) {
        let path = self.path.key(name);
        match self.dict().get(name) {
            Some(value) => self.reader.report(value, &path, wrong, expected),
            None => self.reader.report_absence((self.table, &self.path), &path, wrong, expected),
        }
    }

    #[cfg(feature = "__limiter")]
    pub(super) fn report_missing(&self, name: &str, expected: &str) {
        self.report(name, Diagnostic::new("missing"), expected);
    }

    fn get(&self, name: &str) -> Option<&'r Value> {
        let mut known = self.known.borrow_mut();
        if !known.iter().any(|known| known == name) {
            known.push(name.to_owned());
        }
        self.dict().get(name)
    }

    fn dict(&self) -> &'r Dict {
        static NONE: Dict = Dict::new();
        self.table.as_dict().unwrap_or(&NONE)
    }
}

const A_TABLE: &str = "a table";

impl fmt::Debug for Section<'_> {
    /// Without values: some of them are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Section({})", self.path)
    }
}
