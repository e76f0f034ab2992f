use std::future::Future;

use super::guarded::Cut;
use super::judge::judge;
use super::{Guarded, MaybeKey};
use crate::protection::Protection;
use crate::{Classify, Error, Refusal};

/// A value in place of a refusal.
impl<P: Protection, K: MaybeKey, C> Guarded<'_, P, K, C> {
    /// Runs `op` like [`Guarded::run`], and returns `refused`'s value if the call is refused: a default,
    /// or an earlier answer. The layers and the observers see the refusal all the same.
    ///
    /// For calls that are run in other ways there is [`Error::or_value`].
    ///
    /// # Errors
    /// [`Error::TimedOut`] if `op` was cut; [`Error::Failed`] with `op`'s own error.
    ///
    /// # Panics
    /// As [`Guarded::run`], and if `refused` panics.
    #[inline]
    pub fn run_or<T, E, O>(
        self,
        op: impl FnOnce() -> O,
        refused: impl FnOnce(&Refusal) -> T,
    ) -> impl Future<Output = Result<T, Error<E>>>
    where
        O: Future<Output = Result<T, E>>,
        C: Classify<T, E>,
    {
        let judge = |classify: &C, _: &P, output| judge(classify, output);
        let finish = |result: Result<T, Error<E>>| result.or_else(|error| error.or_value(refused));
        self.judged(|_| op(), judge, Cut::ByDriver, finish)
    }

    /// Runs `op` like [`Guarded::run_blocking`], and returns `refused`'s value if the call is refused.
    ///
    /// # Errors
    /// [`Error::Failed`] with `op`'s own error.
    ///
    /// # Panics
    /// As [`Guarded::run_blocking`], and if `refused` panics.
    #[inline]
    pub fn run_blocking_or<T, E>(
        self,
        op: impl FnOnce() -> Result<T, E>,
        refused: impl FnOnce(&Refusal) -> T,
    ) -> Result<T, Error<E>>
    where
        C: Classify<T, E>,
    {
        self.run_blocking(op).or_else(|error| error.or_value(refused))
    }
}
