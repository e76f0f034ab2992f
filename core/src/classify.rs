use crate::Verdict;

/// Decides what a result says about the thing that was called. Any
/// `Fn(&Result<T, E>) -> Verdict` is a classifier.
pub trait Classify<T, E> {
    /// The verdict on `result`: one of [`Verdict::Success`], [`Verdict::Failure`] and
    /// [`Verdict::Ignored`].
    fn classify(&self, result: &Result<T, E>) -> Verdict;
}

/// The classifier for want of another: `Ok` is a success, `Err` a failure.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByResult;

impl<T, E> Classify<T, E> for ByResult {
    fn classify(&self, result: &Result<T, E>) -> Verdict {
        if result.is_ok() { Verdict::Success } else { Verdict::Failure }
    }
}

impl<T, E, F: Fn(&Result<T, E>) -> Verdict> Classify<T, E> for F {
    fn classify(&self, result: &Result<T, E>) -> Verdict {
        self(result)
    }
}
