use std::fmt;

use super::names::is_name;
use super::raw::quoted;
use super::region::{DEFAULTS, SHADOW};

/// The way from the top to a value: `breaker.payments.window`, `protection.charge.limits[1]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyPath(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Key(String),
    Index(usize),
}

impl KeyPath {
    /// The path of what this table holds under `key`.
    pub(super) fn key(&self, key: impl Into<String>) -> Self {
        self.with(Step::Key(key.into()))
    }

    /// The path of this list's element number `index`, from 0.
    pub(super) fn index(&self, index: usize) -> Self {
        self.with(Step::Index(index))
    }

    fn with(&self, step: Step) -> Self {
        let mut steps = Vec::with_capacity(self.0.len() + 1);
        steps.extend_from_slice(&self.0);
        steps.push(step);
        Self(steps)
    }

    pub(super) fn parent(&self) -> Option<Self> {
        let (_, above) = self.0.split_last()?;
        Some(Self(above.to_vec()))
    }

    pub(super) fn starts_with(&self, above: &Self) -> bool {
        self.0.starts_with(&above.0)
    }

    /// The path of what this table, at the top of its source, holds at `path`.
    pub(super) fn join(&self, path: &Self) -> Self {
        Self(self.0.iter().chain(&path.0).cloned().collect())
    }

    /// The path in `defaults` of a component's setting: `defaults.breaker.window` of
    /// `breaker.payments.window`. A path in `defaults` stays as it is.
    pub(super) fn in_defaults(&self) -> Self {
        match &*self.0 {
            _ if self.is_in_defaults() => self.clone(),
            [kind, rest @ ..] => {
                let above = [Step::Key(DEFAULTS.to_owned()), kind.clone()];
                Self(above.iter().chain(rest.iter().skip(1)).cloned().collect())
            }
            [] => self.clone(),
        }
    }

    /// Returns true if this is the table of a shadow or in it: in `breaker.payments.shadow`, or in
    /// `defaults.breaker.shadow`.
    pub(super) fn is_in_shadow(&self) -> bool {
        matches!(&*self.0, [_, _, Step::Key(key), ..] if key == SHADOW)
    }

    /// Returns the path of a setting of a component that its shadow has too: `breaker.payments.window` of
    /// `breaker.payments.shadow.window`.
    pub(super) fn out_of_shadow(&self) -> Self {
        let shadow = usize::from(self.is_in_shadow());
        Self(self.0.iter().take(2).chain(self.0.iter().skip(2 + shadow)).cloned().collect())
    }

    /// The keys of a path without elements of lists.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|step| match step {
            Step::Key(key) => Some(&**key),
            Step::Index(_) => None,
        })
    }

    pub(super) fn is_in_defaults(&self) -> bool {
        matches!(&*self.0, [Step::Key(top), ..] if top == DEFAULTS)
    }

    /// The key at its end; empty at the top and for an element of a list.
    pub(super) fn last(&self) -> &str {
        match self.0.last() {
            Some(Step::Key(key)) => key,
            _ => "",
        }
    }

    pub(super) fn is_top(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Into<String>> FromIterator<K> for KeyPath {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        Self(keys.into_iter().map(|key| Step::Key(key.into())).collect())
    }
}

impl fmt::Display for KeyPath {
    /// As TOML has it: with dots, and with quotes where a key needs them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) => {
                    if depth > 0 {
                        f.write_str(".")?;
                    }
                    if is_name(key) && key.len() <= 64 {
                        f.write_str(key)?;
                    } else {
                        f.write_str(&quoted(key))?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_as_toml_has_it() {
        let path = KeyPath::from_iter(["protection", "a b", "limits"]).index(1).key("");
        assert_eq!(path.to_string(), r#"protection."a b".limits[1]."""#);
        assert_eq!(KeyPath::default().to_string(), "");
    }

    #[test]
    fn a_default_stands_in_the_table_of_its_kind() {
        for (path, default) in [
            ("breaker.payments.window", "defaults.breaker.window"),
            ("rate_limit.api.override.vip.limit", "defaults.rate_limit.override.vip.limit"),
            ("breaker.payments", "defaults.breaker"),
            ("breaker", "defaults.breaker"),
            ("defaults.breaker.window", "defaults.breaker.window"),
            ("", ""),
        ] {
            let keys = KeyPath::from_iter(path.split('.').filter(|key| !key.is_empty()));
            assert_eq!(keys.in_defaults().to_string(), default, "{path}");
        }
    }
}
