use std::error::Error;
use std::sync::Arc;

/// Why a store did not do what it was asked for. Its text never has a password.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct StoreError {
    kind: StoreErrorKind,
    place: String,
    problem: String,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// The kinds of [`StoreError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The store cannot be reached, is starting, or is failing over.
    Unavailable,
    /// The store did not answer in time. The script may have run.
    TimedOut,
    /// The store refuses the user, the password, or a command.
    Denied,
    /// The store is of a version that does not work, or not set up as it must be.
    Unsuitable,
    /// The store's answer, or the state that it keeps, is not what the script makes.
    Garbled,
}

impl StoreError {
    /// Creates an error of the store at `place`.
    #[must_use]
    pub fn new(kind: StoreErrorKind, place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { kind, place: place.into(), problem: problem.into(), source: None }
    }

    /// Creates the error of a request that the store at `place` did not answer in time.
    #[must_use]
    pub fn timed_out(place: impl Into<String>) -> Self {
        Self::new(StoreErrorKind::TimedOut, place, "did not answer in time")
    }

    /// Creates the error of a reply from the store at `place` that the script does not make.
    #[must_use]
    pub fn garbled(place: impl Into<String>) -> Self {
        Self::new(StoreErrorKind::Garbled, place, "the answer is not one of this script")
    }

    /// Adds the error that caused this one.
    #[must_use]
    pub fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// Returns the kind of the error.
    #[must_use]
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// Returns what happened and what to do, without the place.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}
