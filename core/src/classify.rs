use std::time::Duration;

use crate::Verdict;

/// What a result says about the service that was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Class {
    /// The verdict.
    pub verdict: Verdict,
    /// How long the service asks not to be called, if it said so.
    pub retry_after: Option<Duration>,
}

impl Class {
    /// Creates a class of `verdict`, without a time to stay away.
    #[inline]
    #[must_use]
    pub const fn new(verdict: Verdict) -> Self {
        Self { verdict, retry_after: None }
    }

    /// Creates a class for an overloaded service, such as one that answers 429 or 503, with its
    /// `Retry-After` if it sent one.
    #[must_use]
    pub const fn overload(retry_after: Option<Duration>) -> Self {
        Self { verdict: Verdict::Overload, retry_after }
    }
}

impl From<Verdict> for Class {
    #[inline]
    fn from(verdict: Verdict) -> Self {
        Self::new(verdict)
    }
}

/// Decides what a result says about the service that was called. Any function of a result that
/// returns a [`Verdict`] or a [`Class`] is a classifier.
pub trait Classify<T, E> {
    /// Returns what `result` says: [`Verdict::Success`], [`Verdict::Failure`],
    /// [`Verdict::Overload`] or [`Verdict::Ignored`].
    fn classify(&self, result: &Result<T, E>) -> Class;
}

/// The default classifier: `Ok` is a success, `Err` a failure.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByResult;

impl<T, E> Classify<T, E> for ByResult {
    #[inline]
    fn classify(&self, result: &Result<T, E>) -> Class {
        if result.is_ok() { Verdict::Success.into() } else { Verdict::Failure.into() }
    }
}

impl<T, E, C: Into<Class>, F: Fn(&Result<T, E>) -> C> Classify<T, E> for F {
    fn classify(&self, result: &Result<T, E>) -> Class {
        self(result).into()
    }
}
