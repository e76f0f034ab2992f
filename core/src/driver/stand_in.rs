use std::future::Future;

use super::{Guarded, MaybeKey};
use crate::protection::Protection;
use crate::{Classify, Error, Refusal};

/// A value that stands in for one that was not to be had.
impl<P: Protection, K: MaybeKey, C> Guarded<'_, P, K, C> {
    /// As [`Guarded::run`], with a value for when a layer does not let the call through: a default, or
    /// what was known before. The layers and the observers hear of the refusal all the same.
    ///
    /// For a call that is run otherwise there is [`Error::or_value`].
    ///
    /// # Errors
    /// [`Error::TimedOut`] if `op` was cut; [`Error::Failed`] with `op`'s own error.
    ///
    /// # Panics
    /// If `op` or `refused` does; the layers hear of the former.
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
        let call = self.run(op);
        async move { call.await.or_else(|error| error.or_value(refused)) }
    }

    /// As [`Guarded::run_blocking`], with a value for when a layer does not let the call through.
    ///
    /// # Errors
    /// [`Error::Failed`] with `op`'s own error.
    ///
    /// # Panics
    /// If `op` or `refused` does; the layers hear of the former.
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
