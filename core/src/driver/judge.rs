use crate::{Class, Classify, Error, RefusalKind, Verdict};

/// The verdict on an operation's output, and the output as the caller gets it.
#[inline]
pub(crate) fn judge<T, E>(
    classify: &impl Classify<T, E>,
    output: Result<T, E>,
) -> (Class, Result<T, Error<E>>) {
    (classify.classify(&output), output.map_err(Error::Failed))
}

/// The same for an operation that is itself a protected call.
#[inline]
pub(super) fn judge_nested<T, E>(
    classify: &impl Classify<T, E>,
    output: Result<T, Error<E>>,
) -> (Class, Result<T, Error<E>>) {
    match output {
        Ok(value) => judge(classify, Ok(value)),
        Err(Error::Failed(error)) => judge(classify, Err(error)),
        Err(Error::TimedOut(elapsed)) => (Verdict::Failure.into(), Err(Error::TimedOut(elapsed))),
        Err(Error::Refused(refusal)) => {
            let verdict = match refusal.kind() {
                RefusalKind::ResourceUnavailable => Verdict::Failure,
                _ => Verdict::Ignored,
            };
            (verdict.into(), Err(Error::Refused(refusal)))
        }
    }
}
