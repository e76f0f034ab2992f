use crate::protection::Protection;
use crate::{Class, Classify, Error, RefusalKind, Verdict};

/// Returns the verdict on an operation's output, and the output as the caller gets it.
#[inline]
pub(crate) fn judge<T, E>(
    classify: &impl Classify<T, E>,
    output: Result<T, E>,
) -> (Class, Result<T, Error<E>>) {
    (classify.classify(&output), output.map_err(Error::Failed))
}

/// Returns the verdict on the output of a protected call inside the one through `protection`, and the
/// output as the caller gets it.
#[inline]
pub(super) fn judge_nested<T, E>(
    classify: &impl Classify<T, E>,
    protection: &impl Protection,
    output: Result<T, Error<E>>,
) -> (Class, Result<T, Error<E>>) {
    match output {
        Ok(value) => judge(classify, Ok(value)),
        Err(Error::Failed(error)) => judge(classify, Err(error)),
        Err(Error::TimedOut(elapsed)) => (Verdict::Failure.into(), Err(Error::TimedOut(elapsed))),
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
