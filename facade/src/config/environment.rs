use std::cmp::Reverse;
use std::ffi::{OsStr, OsString};

use figment::value::{Dict, Value};

use super::key_path::KeyPath;
use super::nearest::folded;
use super::place::Origin;
use super::positions::Positions;
use super::{Diagnostic, Place, Problem};

const PREFIX: &str = "SEAWALL_";
const SEPARATOR: &str = "__";

/// The settings among the environment's variables.
///
/// `SEAWALL_BREAKER__PAYMENTS__FAILURES` is `breaker.payments.failures`. A variable can't have `-` in
/// its name and rarely has small letters; so where the sources before have a key that differs in
/// these alone, it is that key that is meant.
#[derive(Debug, Default)]
pub(super) struct Environment {
    /// Every value is text.
    pub(super) dict: Dict,
    pub(super) variables: Positions<String>,
    pub(super) problems: Vec<Problem>,
}

impl Environment {
    /// Reads `variables`, which override what is in `below`.
    pub(super) fn read(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        below: &Dict,
    ) -> Self {
        let ours = variables
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, _)| name.starts_with(PREFIX) && !is_reserved(name));
        // The deepest first, so that a table is known before a text that would take its place.
        let depth = |name: &str| Reverse(name.matches(SEPARATOR).count());
        let mut ours: Vec<_> = ours.map(|(name, value)| (depth(&name), name, value)).collect();
        ours.sort();
        let mut environment = Self::default();
        for (_, name, value) in ours {
            if let Err((path, wrong)) = environment.take(&name, value, below) {
                let place = Place::new(Origin::Environment { variable: name }, &path);
                environment.problems.push(Problem::new(place, wrong, ""));
            }
        }
        environment
    }

    fn take(
        &mut self,
        name: &str,
        value: OsString,
        below: &Dict,
    ) -> Result<(), (KeyPath, Diagnostic)> {
        let keys = resolve(&name[PREFIX.len()..], below)?;
        let path = KeyPath::from_iter(&keys);
        let wrong = |wrong| Err((path.clone(), wrong));
        let Ok(value) = value.into_string() else {
            return wrong(Diagnostic::new("the value is not UTF-8").expected("text"));
        };
        if [below, &self.dict].iter().any(|dict| matches!(find(dict, &keys), Some(Value::Dict(..))))
        {
            let example = format!("{name}{SEPARATOR}…");
            let expected = format!("a variable for each key of the table, such as {example}");
            return wrong(Diagnostic::new("text is not a table").expected(expected));
        }
        if let Some(other) = self.variables.get(&path) {
            return wrong(
                Diagnostic::new(format!("{other} sets it as well")).expected("one of the two"),
            );
        }
        insert(&mut self.dict, &keys, Value::from(value));
        self.variables.insert(path, name.to_owned());
        Ok(())
    }
}

/// The keys that `name` stands for, as `below` writes them.
fn resolve(name: &str, below: &Dict) -> Result<Vec<String>, (KeyPath, Diagnostic)> {
    let mut keys = Vec::new();
    let mut table = Some(below);
    for part in name.split(SEPARATOR) {
        if part.is_empty() {
            let wrong = Diagnostic::new("a part of the name is empty");
            return Err((KeyPath::default(), wrong.expected("SEAWALL_TABLE__KEY")));
        }
        let key = part.to_lowercase();
        let mut meant = table
            .filter(|table| !table.contains_key(&key))
            .into_iter()
            .flat_map(Dict::keys)
            .filter(|known| folded(known) == folded(&key));
        let key = match (meant.next(), meant.next()) {
            (None, _) => key,
            (Some(known), None) => known.clone(),
            (Some(one), Some(other)) => {
                keys.push(key);
                let wrong = Diagnostic::new(format!("it could be `{one}` and `{other}`"));
                return Err((KeyPath::from_iter(keys), wrong.expected("one that it can only be")));
            }
        };
        table = table.and_then(|table| table.get(&key)?.as_dict());
        keys.push(key);
    }
    Ok(keys)
}

fn find<'d>(dict: &'d Dict, keys: &[String]) -> Option<&'d Value> {
    let (first, rest) = keys.split_first()?;
    let value = dict.get(first)?;
    if rest.is_empty() { Some(value) } else { find(value.as_dict()?, rest) }
}

/// Puts `value` there, where nothing but tables is on the way.
pub(super) fn insert(dict: &mut Dict, keys: &[String], value: Value) {
    match keys {
        [] => {}
        [key] => _ = dict.insert(key.clone(), value),
        [key, rest @ ..] => {
            let table = dict.entry(key.clone()).or_insert_with(|| Value::from(Dict::new()));
            if let Value::Dict(_, table) = table {
                insert(table, rest, value);
            }
        }
    }
}

/// Returns true if the variable called `name` may be a setting, or choose the settings.
pub(super) fn is_ours(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(PREFIX))
}

/// Returns true if the variable is not a setting: it says which file or profile is read, or is a
/// service link.
fn is_reserved(name: &str) -> bool {
    matches!(name, "SEAWALL_CONFIG" | "SEAWALL_PROFILE") || is_service_link(name)
}

/// Kubernetes tells every pod about each service of the namespace, one called `seawall` or
/// `seawall-api` too, in variables of these names.
fn is_service_link(name: &str) -> bool {
    let port = name.split("_PORT").nth(1);
    let is_port = |rest: &str| {
        rest.is_empty() || rest.strip_prefix('_').is_some_and(|r| r.starts_with(char::is_numeric))
    };
    !name.contains(SEPARATOR)
        && (name.ends_with("_SERVICE_HOST")
            || name.contains("_SERVICE_PORT")
            || port.is_some_and(is_port))
}
