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
