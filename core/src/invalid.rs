use std::borrow::Cow;
use std::fmt;

use crate::Layer;

/// An option whose value a component cannot be started with, or changed to.
///
/// `Debug` writes the same sentence as `Display`, which is what `?` from `main` prints.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{layer}: `{option}` {problem}")]
pub struct InvalidOption {
    layer: Layer,
    option: &'static str,
    problem: Cow<'static, str>,
}

impl InvalidOption {
    /// Creates the error that `option` of `layer` has a problem, written as the end of a sentence:
    /// "must be 1 or more".
    #[must_use]
    pub fn new(layer: &Layer, option: &'static str, problem: impl Into<Cow<'static, str>>) -> Self {
        Self { layer: layer.clone(), option, problem: problem.into() }
    }

    /// Returns the option's name.
    #[must_use]
    pub const fn option(&self) -> &'static str {
        self.option
    }

    /// Returns the problem, as the end of a sentence.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl fmt::Debug for InvalidOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
