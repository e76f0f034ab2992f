use super::kind::one_of;
use super::raw::quoted;
use super::{Diagnostic, SettingDef, nearest};

/// The configured names of one kind of component, which settings refer to.
#[derive(Clone, Debug)]
pub(crate) struct Configured {
    pub(crate) what: String,
    pub(super) names: Vec<String>,
    /// False for a table that could not be read: the problem is the table, not what refers to it.
    pub(super) is_complete: bool,
}

impl Configured {
    /// Returns true if something is called `name`.
    pub(crate) fn contains(&self, name: &str) -> bool {
        !self.is_complete || self.names.iter().any(|known| known == name)
    }

    /// Adds the names of another table.
    pub(crate) fn and(mut self, other: Self) -> Self {
        let new = other.names.into_iter().filter(|name| !self.names.contains(name));
        let new: Vec<_> = new.collect();
        self.names.extend(new);
        Self { is_complete: self.is_complete && other.is_complete, ..self }
    }

    /// Returns what is wrong with a reference to `name`, if nothing is called that.
    pub(super) fn check(&self, name: &str) -> Result<(), Diagnostic> {
        if self.contains(name) {
            return Ok(());
        }
        let shown = if is_name(name) { format!("`{name}`") } else { quoted(name) };
        let found = format!("no {} named {shown} is configured", self.what);
        Err(Diagnostic::new(found).suggest(nearest(name, self.iter())))
    }

    /// Returns what a reference by `def` should be.
    pub(super) fn expected(&self, def: &SettingDef) -> String {
        match &*self.names {
            [] => def.expected(),
            names => one_of(names),
        }
    }

    /// Returns the names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

/// Returns true if `text` can be the name of a component: it has letters, digits, `_` and `-` only,
/// and is not empty.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}
