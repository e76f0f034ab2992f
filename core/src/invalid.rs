use crate::Layer;

/// An option that a component cannot be started from, or go on under.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{layer}: `{option}` {problem}")]
pub struct InvalidOption {
    layer: Layer,
    option: &'static str,
    problem: &'static str,
}

impl InvalidOption {
    /// `option` of `layer` has a problem, said as the end of a sentence: "must be 1 or more".
    #[must_use]
    pub fn new(layer: &Layer, option: &'static str, problem: &'static str) -> Self {
        Self { layer: layer.clone(), option, problem }
    }

    /// The option's name.
    #[must_use]
    pub const fn option(&self) -> &'static str {
        self.option
    }

    /// What is wrong with it.
    #[must_use]
    pub const fn problem(&self) -> &'static str {
        self.problem
    }
}
