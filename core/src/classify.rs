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
    /// Whether a [`Retry`](crate::policy::Retry) attempts the call again.
    pub retry: RetryAdvice,
}

/// Says whether a call is attempted again, where a policy has retries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAdvice {
    /// The verdict decides: see [`Retry`](crate::policy::Retry).
    #[default]
    ByVerdict,
    /// The call is attempted again if it may be repeated, whatever the verdict.
    Retry,
    /// The call is not attempted again.
    DoNotRetry,
    /// The service never processed the call, so it is attempted again even if it must not be repeated:
    /// the connection was refused before a byte was written, or the stream was refused.
    NeverProcessed,
}

impl Class {
    /// Creates a class of `verdict`, without a time to stay away.
    #[inline]
    #[must_use]
    pub const fn new(verdict: Verdict) -> Self {
        Self { verdict, retry_after: None, retry: RetryAdvice::ByVerdict }
    }

    /// Creates a class for an overloaded service, such as one that answers 429 or 503, with its
    /// `Retry-After` if it sent one.
    #[must_use]
    pub const fn overload(retry_after: Option<Duration>) -> Self {
        Self { verdict: Verdict::Overload, retry_after, retry: RetryAdvice::ByVerdict }
    }

    /// Creates the class of a call that failed before the service processed any of it, so that it can
    /// be attempted again whatever it does.
    #[must_use]
    pub const fn never_processed() -> Self {
        Self::new(Verdict::Failure).with_advice(RetryAdvice::NeverProcessed)
    }

    /// Asks for another attempt, if the call may be repeated, whatever the verdict: for a transaction
    /// that lost against another one, which says nothing about the service.
    #[must_use]
    pub const fn retry(self) -> Self {
        self.with_advice(RetryAdvice::Retry)
    }

    /// Asks for no other attempt: because another one would fail in the same way.
    #[must_use]
    pub const fn do_not_retry(self) -> Self {
        self.with_advice(RetryAdvice::DoNotRetry)
    }

    /// Sets how long the service asks not to be called.
    #[must_use]
    pub const fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    const fn with_advice(mut self, retry: RetryAdvice) -> Self {
        self.retry = retry;
        self
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
