use std::fmt;

/// What was learned by contacting a store that can serve.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contact {
    /// The product and its version: `Redis 7.2.4`.
    pub server: String,
    /// What is set up so that limits may not hold.
    pub warnings: Vec<Warning>,
}

/// A sentence about how the store is set up, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning(pub String);

impl Contact {
    /// Creates a contact without warnings.
    #[must_use]
    pub fn new(server: impl Into<String>) -> Self {
        Self { server: server.into(), warnings: Vec::new() }
    }

    /// Adds a warning.
    #[must_use]
    pub fn warn(mut self, warning: impl Into<String>) -> Self {
        self.warnings.push(Warning(warning.into()));
        self
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
