use std::time::Duration;

use crate::Verdict;

/// What a result says about the thing that was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    /// The verdict.
    pub verdict: Verdict,
    /// How long what was called wants to be left alone, if it said so.
    pub retry_after: Option<Duration>,
}

impl Class {
    /// It has too much to do, and wants to be left alone for so long, if it said so: an answer of
    /// 429 or 503 with `Retry-After`.
    #[must_use]
    pub const fn overload(retry_after: Option<Duration>) -> Self {
        Self { verdict: Verdict::Overload, retry_after }
    }
}

impl From<Verdict> for Class {
    #[inline]
    fn from(verdict: Verdict) -> Self {
        Self { verdict, retry_after: None }
    }
}

/// Decides what a result says about the thing that was called. Any function of a result that gives
/// a [`Verdict`] or a [`Class`] is a classifier.
pub trait Classify<T, E> {
    /// What `result` says: [`Verdict::Success`], [`Verdict::Failure`], [`Verdict::Overload`] or
    /// [`Verdict::Ignored`].
    fn classify(&self, result: &Result<T, E>) -> Class;
}

/// The classifier for want of another: `Ok` is a success, `Err` a failure.
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
