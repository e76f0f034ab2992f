/// The configured names of one kind of component, which settings refer to.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(super) what: String,
    pub(super) names: Vec<String>,
    pub(super) complete: bool,
}

impl Names {
    /// Creates the list of all names of the kind `what`.
    pub(crate) fn new<N: Into<String>>(
        what: impl Into<String>,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        let names = names.into_iter().map(Into::into).collect();
        Self { what: what.into(), names, complete: true }
    }

    /// Creates a list that accepts any name, for a table that could not be read: the problem is the
    /// table, not what refers to it.
    pub(super) fn unreadable(what: impl Into<String>) -> Self {
        Self { what: what.into(), names: Vec::new(), complete: false }
    }

    /// Returns true if something is called `name`.
    pub(crate) fn contains(&self, name: &str) -> bool {
        !self.complete || self.names.iter().any(|known| known == name)
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
