use super::finish::{ButPlace, Finish, Whole};
use crate::protection::Protection;
use crate::{Class, Classify, Error, RefusalKind, Verdict};

/// Turns an operation's output into the class that the layers count and the result that the caller
/// gets. Sealed.
pub trait Judge<C, O> {
    /// What the operation gives if it succeeds.
    type Value;
    /// The operation's own error.
    type Error;
    /// What a call keeps of its layers when the operation has ended.
    type Finish: Finish;

    /// Judges `output`.
    fn judge(
        &self,
        classify: &C,
        protection: &impl Protection,
        output: O,
    ) -> (Class, Result<Self::Value, Error<Self::Error>>);
}

/// Judges a plain operation.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl<T, E, C: Classify<T, E>> Judge<C, Result<T, E>> for Plain {
    type Value = T;
    type Error = E;
    type Finish = Whole;

    #[inline(always)]
    fn judge(
        &self,
        classify: &C,
        _protection: &impl Protection,
        output: Result<T, E>,
    ) -> (Class, Result<T, Error<E>>) {
        judge(classify, output)
    }
}

/// Judges a plain operation, whose call keeps its place in bulkheads with the value.
#[derive(Clone, Copy, Debug)]
pub struct Holding;

impl<T, E, C: Classify<T, E>> Judge<C, Result<T, E>> for Holding {
    type Value = T;
    type Error = E;
    type Finish = ButPlace;

    #[inline(always)]
    fn judge(
        &self,
        classify: &C,
        _protection: &impl Protection,
        output: Result<T, E>,
    ) -> (Class, Result<T, Error<E>>) {
        judge(classify, output)
    }
}

/// Judges an operation that is itself a protected call.
#[derive(Clone, Copy, Debug)]
pub struct Nested;

impl<T, E, C: Classify<T, E>> Judge<C, Result<T, Error<E>>> for Nested {
    type Value = T;
    type Error = E;
    type Finish = Whole;

    fn judge(
        &self,
        classify: &C,
        protection: &impl Protection,
        output: Result<T, Error<E>>,
    ) -> (Class, Result<T, Error<E>>) {
        match output {
            Ok(value) => judge(classify, Ok(value)),
            Err(Error::Failed(error)) => judge(classify, Err(error)),
            Err(Error::TimedOut(elapsed)) => {
                (Verdict::Failure.into(), Err(Error::TimedOut(elapsed)))
            }
            Err(Error::Refused(mut refusal)) => {
                let mut layers = (0..protection.depth()).map(|index| protection.layer_at(index));
                if layers.any(|layer| layer == refusal.by()) {
                    refusal.set_nested();
                }
                let verdict = match refusal.kind() {
                    RefusalKind::ResourceUnavailable => Verdict::Failure,
                    _ => Verdict::Ignored,
                };
                (verdict.into(), Err(Error::Refused(refusal)))
            }
        }
    }
}

/// The class of an operation's output, and the output as the caller gets it.
#[inline(always)]
pub(crate) fn judge<T, E>(
    classify: &impl Classify<T, E>,
    output: Result<T, E>,
) -> (Class, Result<T, Error<E>>) {
    (classify.classify(&output), output.map_err(Error::Failed))
}
