/// The names that a reference may name: all breakers, all limits.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(super) what: String,
    pub(super) names: Vec<String>,
    pub(super) complete: bool,
}

impl Names {
    /// The names of everything of the kind `what`.
    pub(crate) fn new<N: Into<String>>(
        what: impl Into<String>,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        let names = names.into_iter().map(Into::into).collect();
        Self { what: what.into(), names, complete: true }
    }

    /// Where the table that has the names could not be read: anything may be one. What is wrong is
    /// the table, not what refers to it.
    pub(super) fn unreadable(what: impl Into<String>) -> Self {
        Self { what: what.into(), names: Vec::new(), complete: false }
    }

    /// Is something called `name`?
    pub(crate) fn contains(&self, name: &str) -> bool {
        !self.complete || self.names.iter().any(|known| known == name)
    }

    /// The names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

/// Can a component be called `text`? It can if that is not empty and has letters, digits, `_` and
/// `-` alone.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}
