use std::error::Error as StdError;

/// The error of a journal.
#[derive(Debug, thiserror::Error)]
#[error("{about}")]
pub struct JournalError {
    about: String,
    kind: Kind,
    #[source]
    source: Option<Box<dyn StdError + Send + Sync>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unavailable,
    Closed,
    Invalid,
}

impl JournalError {
    /// Creates the error that the store cannot be used now: the disk is full, read-only or away.
    #[must_use]
    pub fn unavailable(about: impl Into<String>) -> Self {
        Self { about: about.into(), kind: Kind::Unavailable, source: None }
    }

    /// Creates the error that the journal was closed.
    #[must_use]
    pub fn closed() -> Self {
        Self { about: "the journal is closed".to_owned(), kind: Kind::Closed, source: None }
    }

    /// Creates the error that what was asked for makes no sense.
    #[must_use]
    pub fn invalid(about: impl Into<String>) -> Self {
        Self { about: about.into(), kind: Kind::Invalid, source: None }
    }

    /// Adds the error that caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// Returns true if the same may succeed later.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        self.kind == Kind::Unavailable
    }

    /// Returns true if the journal was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.kind == Kind::Closed
    }
}
