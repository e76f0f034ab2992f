use figment::value::{Dict, Value};

use super::Table;
use crate::config::key_path::KeyPath;
use crate::config::kind::one_of;
use crate::config::names::{Configured, is_name};
use crate::config::raw::{Raw, quoted};
use crate::config::{
    DefaultValue, Diagnostic, Kind, NameOf, Names, Place, Reader, Rejected, Setting, SettingDef,
    nearest,
};

/// Tables in tables, and what the facade reports of them.
impl<'r> Table<'r> {
    pub(in crate::config) fn new(reader: &'r Reader, path: KeyPath, value: &'r Value) -> Self {
        let name = path.last().to_owned();
        Self { reader, path, name, value }
    }

    /// Returns the table `name` in the table `table`, as if it were there and had nothing in it but the
    /// defaults.
    pub(crate) fn empty(&self, table: &str, name: &str) -> Table<'r> {
        static EMPTY: Value = Value::Dict(figment::value::Tag::Default, Dict::new());
        let value = self.reader.defaults(table).unwrap_or(&EMPTY);
        Table::new(self.reader, self.path.key(table).key(name), value)
    }

    /// Returns the table that contains all others.
    pub(crate) fn root(&self) -> Table<'r> {
        self.reader.root()
    }

    /// Returns the table `name`, or reports that it is none.
    pub(crate) fn table(&self, name: &str) -> Option<Table<'r>> {
        match self.dict().get(name)? {
            value @ Value::Dict(..) => Some(Table::new(self.reader, self.path.key(name), value)),
            value => {
                self.report(name, self.reader.raw(value).is_no_table(), "a table");
                None
            }
        }
    }

    /// Returns the tables in the table `name`: each `[breaker.NAME]`.
    pub(crate) fn tables_in(&self, name: &str) -> Vec<Table<'r>> {
        let Some(tables) = self.table(name) else { return Vec::new() };
        let mut found = Vec::new();
        for (key, value) in tables.dict() {
            if !is_name(key) {
                let wrong = Diagnostic::new(format!("{} is not a name", quoted(key)));
                tables.report(key, wrong, "letters, digits, `_` and `-`");
            }
            match value {
                Value::Dict(..) => {
                    found.push(Table::new(self.reader, tables.path.key(key), value));
                }
                _ => {
                    let expected = format!("`[{name}.NAME]`, with the settings below it");
                    tables.report(key, self.reader.raw(value).is_no_table(), &expected);
                }
            }
        }
        found
    }

    /// Returns the names in the table `name`, for settings that refer to them; also of tables with
    /// problems.
    pub(crate) fn configured(&self, name: &str) -> Configured {
        let what = name.replace('_', " ");
        let table = self.dict().get(name);
        let names = table.and_then(Value::as_dict).into_iter().flat_map(Dict::keys);
        let is_complete = table.is_none_or(|table| table.as_dict().is_some());
        Configured { what, names: names.cloned().collect(), is_complete }
    }

    /// Returns the names that `setting` has, or reports those that are not configured.
    pub(crate) fn references(
        &self,
        setting: &Setting<Names>,
        configured: &Configured,
    ) -> Vec<String> {
        let Some(raw) = self.raw(setting.name()) else { return Vec::new() };
        let names = Names::parse_each(&raw, |name| configured.check(name));
        let expected = configured.expected(&setting.def());
        let reject = |rejected| self.report_all(setting.name(), rejected, &expected);
        names.map_err(reject).map_or_else(|()| Vec::new(), |names| names.0)
    }

    /// Returns the name that `setting` has, or reports that it is not configured.
    pub(crate) fn reference(
        &self,
        setting: &Setting<NameOf>,
        configured: &Configured,
    ) -> Option<String> {
        let NameOf(name) = self.get(setting)?;
        match configured.check(&name) {
            Ok(()) => Some(name),
            Err(wrong) => {
                self.report(setting.name(), wrong, &configured.expected(&setting.def()));
                None
            }
        }
    }

    /// Returns the value of the key `name` as it was written.
    pub(crate) fn raw(&self, name: &str) -> Option<Raw<'r>> {
        Some(self.reader.raw(self.value(name)?))
    }

    /// Returns the text of the key `name` without spaces around it, if it is one.
    pub(crate) fn text_of(&self, name: &str) -> Option<String> {
        Some(self.raw(name)?.text()?.trim().to_owned())
    }

    /// Returns the place of the table.
    pub(crate) fn place(&self) -> Place {
        self.reader.place_of_table(self.value, &self.path)
    }

    /// Returns the place of the key `name`, or that of the table if nothing sets it.
    pub(crate) fn place_of(&self, name: &str) -> Place {
        let path = self.path.key(name);
        self.reader.place(self.dict().get(name).unwrap_or(self.value), &path)
    }

    /// Reports the table itself as wrong.
    pub(crate) fn reject_table(&self, wrong: Diagnostic) {
        self.reader.report_absence((self.value, &self.path), &self.path, wrong, "");
    }

    /// Returns true if anything in the table was reported.
    pub(crate) fn is_rejected(&self) -> bool {
        self.reader.is_reported_within(&self.path)
    }

    /// Returns true if the table has no key.
    pub(crate) fn is_empty(&self) -> bool {
        self.dict().is_empty()
    }

    /// Returns true if environment variables set everything that is in the table.
    pub(crate) fn is_environment(&self) -> bool {
        self.reader.is_environment(self.value, &self.path)
    }

    /// Returns true if this is the table of a component, and its value of the key `name` is one for all
    /// components of the kind.
    pub(crate) fn is_default_of_component(&self, name: &str) -> bool {
        let is_default = |value| self.reader.is_default(value);
        !self.path.is_in_defaults() && self.dict().get(name).is_some_and(is_default)
    }

    /// Reports the value of the key `name` as wrong whatever else the table has, unless something is
    /// known to be wrong with it already.
    pub(crate) fn reject_value(&self, name: &str, wrong: Diagnostic) {
        if !self.reader.is_reported(&self.path.key(name)) {
            self.report(name, wrong, "");
        }
    }

    /// Reports every value that none of the `defs` accepts, here and in the tables below: as defaults for
    /// all components of a kind, whose backends declare the same settings differently.
    pub(crate) fn check_defaults(&self, others: &[&'static str], defs: &[SettingDef]) {
        self.check_keys(others, defs, &|_| None);
        for name in self.dict().keys() {
            let defs: Vec<_> = defs.iter().filter(|def| def.name() == name).collect();
            let Some(raw) = self.raw(name) else { continue };
            if let [def, ..] = *defs
                && let Kind::Tables(each) = def.kind()
            {
                self.tables_in(name).iter().for_each(|table| table.check_defaults(&[], each));
            } else if let [def, ..] = *defs
                && defs.iter().all(|def| def.check(&raw).is_err())
            {
                self.report_invalid(def, def.check(&raw));
            }
        }
    }

    /// Reports every key that is neither in `others` nor declared in `defs`, and every value that its
    /// declaration does not accept, here and in the tables below. `explain` may say more of a key.
    pub(crate) fn close(
        &self,
        others: &[&'static str],
        defs: &[SettingDef],
        explain: &dyn Fn(&str) -> Option<Diagnostic>,
    ) {
        self.check_keys(others, defs, explain);
        self.check_values(defs);
    }

    /// Reports every key that is not known. A default may be for another backend.
    fn check_keys(
        &self,
        others: &[&'static str],
        defs: &[SettingDef],
        explain: &dyn Fn(&str) -> Option<Diagnostic>,
    ) {
        let known = others.iter().copied().chain(defs.iter().map(SettingDef::name));
        let known: Vec<_> = known.collect();
        let expected = match &*known {
            [] => "no keys here".to_owned(),
            known => one_of(known),
        };
        for def in defs {
            if let Kind::Tables(each) = def.kind() {
                for table in self.tables_in(def.name()) {
                    table.check_keys(&[], each, &|_| None);
                }
            }
        }
        // Editors take the schema of a JSON file from this key.
        let is_schema = |key: &str| self.path.is_top() && key == "$schema";
        let unknown = self.dict().keys().filter(|key| !known.contains(&key.as_str()));
        let unknown = unknown.filter(|key| !is_schema(key));
        for key in unknown.filter(|key| !self.is_default_of_component(key)) {
            if let Some(wrong) = explain(key) {
                self.report(key, wrong, "");
                continue;
            }
            let near = nearest(key, known.iter().copied());
            // A long list hides the one that was meant.
            let expected = if near.is_some() && known.len() > 8 { "" } else { &*expected };
            self.report(key, Diagnostic::new("unknown key").suggest(near), expected);
        }
    }

    pub(super) fn report(&self, name: &str, wrong: Diagnostic, expected: &str) {
        let path = self.path.key(name);
        match self.dict().get(name) {
            Some(value) => self.reader.report(value, &path, wrong, expected),
            None => self.reader.report_absence((self.value, &self.path), &path, wrong, expected),
        }
    }

    /// Checks all settings, of which the backend may have declared some that it did not read.
    fn check_values(&self, defs: &[SettingDef]) {
        for def in defs {
            if let Kind::Tables(each) = def.kind() {
                self.tables_in(def.name()).iter().for_each(|table| table.check_values(each));
            } else if !self.reader.is_reported_within(&self.path.key(def.name())) {
                self.check_value(def);
            }
        }
    }

    fn check_value(&self, def: &SettingDef) {
        match self.raw(def.name()) {
            Some(raw) => self.report_invalid(def, def.check(&raw)),
            None if def.default() == DefaultValue::Required => self.report_missing(def),
            None => {}
        }
    }

    /// Reports that a required setting is missing.
    pub(super) fn report_missing(&self, def: &SettingDef) {
        self.report(def.name(), Diagnostic::new("missing"), &def.expected());
    }

    /// Reports a value that `def` does not accept.
    pub(super) fn report_invalid<T>(&self, def: &SettingDef, parsed: Result<T, Rejected>) {
        match parsed {
            Ok(_) => {}
            Err(_) if def.is_secret() => {
                self.report(def.name(), Diagnostic::new("the value is not valid"), &def.expected());
            }
            Err(rejected) => self.report_all(def.name(), rejected, &def.expected()),
        }
    }

    /// Reports what is wrong with the value of the key `name`, or with elements of it.
    pub(super) fn report_all(&self, name: &str, rejected: Rejected, expected: &str) {
        let (value, path) = (self.dict().get(name).unwrap_or(self.value), self.path.key(name));
        for (index, wrong) in rejected.0 {
            let path = index.map_or_else(|| path.clone(), |index| path.index(index));
            self.reader.report(value, &path, wrong, expected);
        }
    }

    pub(super) fn dict(&self) -> &'r Dict {
        static NONE: Dict = Dict::new();
        self.value.as_dict().unwrap_or(&NONE)
    }
}
