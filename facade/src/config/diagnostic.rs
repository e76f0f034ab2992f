/// What is wrong with one value. The [`Table`](super::Table) that it is reported to adds its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub(super) found: String,
    pub(super) expected: Option<String>,
    pub(super) suggestion: Option<String>,
}

impl Diagnostic {
    /// Creates a diagnostic that says what was `found`, and what is wrong with it.
    pub fn new(found: impl Into<String>) -> Self {
        Self { found: found.into(), expected: None, suggestion: None }
    }

    /// Sets what would be right, where that is not what the setting always expects.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Sets what was probably meant.
    #[must_use]
    pub fn suggest(mut self, suggestion: Option<impl Into<String>>) -> Self {
        self.suggestion = suggestion.map(Into::into);
        self
    }
}

/// What is wrong with a value: with the whole, or with elements of a list, by index.
#[derive(Debug)]
pub struct Rejected(pub(super) Vec<(Option<usize>, Diagnostic)>);

impl From<Diagnostic> for Rejected {
    fn from(wrong: Diagnostic) -> Self {
        Self(vec![(None, wrong)])
    }
}
