use figment::value::{Dict, Value};

use super::Diagnostic;
use super::key_path::KeyPath;
use super::names::is_name;
use super::raw::kind;
use super::view::View;

/// The table of the values that hold for all components of a kind.
pub(crate) const DEFAULTS: &str = "defaults";
/// The table of the profiles.
pub(crate) const PROFILE: &str = "profile";
/// The table in a component's of the values that its shadow has in place of its own.
pub(crate) const SHADOW: &str = "shadow";
/// The profiles of figment that are always applied: under the chosen one, and over it.
const UNDER: &str = "default";
const OVER: &str = "global";

/// A part of one source: the settings that are always applied, or those of one profile; of these,
/// the defaults or all others. So the place of each value is known from the region alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Region {
    /// The table of the source that the part is.
    pub(super) prefix: KeyPath,
    /// True if it has the values for all components of a kind.
    pub(super) is_default: bool,
    /// True if it has the values that shadows have from their components.
    pub(super) is_inherited: bool,
}

impl Region {
    /// Returns the path in the source of what is at `path` in the merged settings.
    pub(super) fn written(&self, path: &KeyPath) -> KeyPath {
        let path = if self.is_inherited { &path.out_of_shadow() } else { path };
        match self.is_default {
            true => self.prefix.join(&path.in_defaults()),
            false => self.prefix.join(path),
        }
    }
}

/// One source, taken apart.
#[derive(Debug, Default)]
pub(super) struct Regions {
    /// The parts to be merged, in their order.
    pub(super) parts: Vec<(Region, Dict)>,
    /// The names of all profiles, the chosen one or not.
    pub(super) profiles: Vec<String>,
    /// What is wrong with the tables that the parts are, and where.
    pub(super) problems: Vec<(KeyPath, Diagnostic)>,
}

impl Regions {
    /// Takes `dict` apart; of the profiles, only the `chosen` one is applied.
    pub(super) fn of(dict: Dict, view: &View, chosen: Option<&str>) -> Self {
        let mut regions = Self::default();
        let mut prefix = KeyPath::default();
        let mut dict = dict;
        for key in view.keys() {
            prefix = prefix.key(key);
            match dict.remove(key) {
                Some(Value::Dict(_, table)) => dict = table,
                Some(other) => {
                    let wrong = Diagnostic::new(format!("{} is not a table", kind(&other)));
                    regions.problems.push((prefix, wrong.expected("the table of settings")));
                    return regions;
                }
                None => {
                    let wrong = view.missing(&dict, key).map(|wrong| (prefix, wrong));
                    regions.problems.extend(wrong);
                    return regions;
                }
            }
        }
        match view.is_nested() {
            true => regions.nested(dict, &prefix, chosen),
            false => regions.plain(dict, &prefix, chosen),
        }
        regions
    }

    /// Settings, with the profiles in a table of their own.
    fn plain(&mut self, mut dict: Dict, prefix: &KeyPath, chosen: Option<&str>) {
        let profiles = dict.remove(PROFILE);
        self.add(dict, prefix.clone());
        let above = prefix.key(PROFILE);
        match profiles {
            Some(Value::Dict(_, profiles)) => {
                for (name, settings) in profiles {
                    let expected = "`[profile.NAME.…]`, with settings as without a profile";
                    if let Some(settings) = self.profile(&name, &settings, &above, expected)
                        && is_chosen(&name, chosen)
                    {
                        self.add(settings.clone(), above.key(name));
                    }
                }
            }
            Some(other) => {
                let wrong = Diagnostic::new(format!("{} is not a table", kind(&other)));
                self.problems.push((above, wrong.expected("`[profile.NAME.…]`")));
            }
            None => {}
        }
    }

    /// As figment nests them: each table at the top is a profile.
    fn nested(&mut self, dict: Dict, prefix: &KeyPath, chosen: Option<&str>) {
        let mut layers = [None, None, None];
        for (name, settings) in dict {
            let layer = match &*name.to_ascii_lowercase() {
                UNDER => 0,
                OVER => 2,
                _ => 1,
            };
            let expected = "`[PROFILE.…]`, with settings below it";
            let settings = match layer {
                1 => self.profile(&name, &settings, prefix, expected),
                _ => self.table(&name, &settings, prefix, expected),
            };
            if let Some(settings) = settings
                && (layer != 1 || is_chosen(&name, chosen))
            {
                layers[layer] = Some((settings.clone(), prefix.key(name)));
            }
        }
        for (settings, prefix) in layers.into_iter().flatten() {
            self.add(settings, prefix);
        }
    }

    fn profile<'v>(
        &mut self,
        name: &str,
        settings: &'v Value,
        above: &KeyPath,
        expected: &str,
    ) -> Option<&'v Dict> {
        if !is_name(name) {
            let wrong = Diagnostic::new(format!("{name:?} is not a name"));
            let expected = "letters, digits, `_` and `-`";
            self.problems.push((above.key(name), wrong.expected(expected)));
        } else if [UNDER, OVER].iter().any(|always| name.eq_ignore_ascii_case(always)) {
            let wrong = Diagnostic::new(format!("`{name}` is not a profile that can be chosen"));
            let expected = "these settings without a profile";
            self.problems.push((above.key(name), wrong.expected(expected)));
        } else {
            self.profiles.push(name.to_owned());
        }
        self.table(name, settings, above, expected)
    }

    fn table<'v>(
        &mut self,
        name: &str,
        settings: &'v Value,
        above: &KeyPath,
        expected: &str,
    ) -> Option<&'v Dict> {
        if settings.as_dict().is_none() {
            let wrong = Diagnostic::new(format!("{} is not a table", kind(settings)));
            self.problems.push((above.key(name), wrong.expected(expected)));
        }
        settings.as_dict()
    }

    /// Adds settings as one region, and the defaults among them as another.
    fn add(&mut self, mut dict: Dict, prefix: KeyPath) {
        if dict.remove(PROFILE).is_some() {
            let wrong = Diagnostic::new("a profile has no profiles of its own");
            self.problems.push((prefix.key(PROFILE), wrong));
        }
        let defaults = dict.remove_entry(DEFAULTS);
        let region = Region { prefix, ..Region::default() };
        self.parts.push((region.clone(), dict));
        if let Some(entry) = defaults {
            self.parts.push((Region { is_default: true, ..region }, Dict::from([entry])));
        }
    }
}

/// Profiles are compared as figment does, without case.
fn is_chosen(name: &str, chosen: Option<&str>) -> bool {
    chosen.is_some_and(|chosen| chosen.eq_ignore_ascii_case(name))
}
