/// What is wrong with one value. The [`Section`](super::Section) adds its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Diagnostic {
    pub(super) found: String,
    pub(super) expected: Option<String>,
    pub(super) suggestion: Option<String>,
}

impl Diagnostic {
    /// Creates a diagnostic that says what was `found`.
    pub(crate) fn new(found: impl Into<String>) -> Self {
        Self { found: found.into(), expected: None, suggestion: None }
    }

    /// Sets what would be right, where that is not what the setting always expects.
    pub(crate) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Sets what was probably meant.
    pub(crate) fn suggest(mut self, suggestion: Option<impl Into<String>>) -> Self {
        self.suggestion = suggestion.map(Into::into);
        self
    }
}
