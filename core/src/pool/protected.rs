use std::future::Future;
use std::panic::Location;

use super::{Pool, Transact, TransactionError, TransactionOptions};
use crate::driver::GuardedVia;
use crate::{Access, Classify, Error, MaybeKey};

impl<A: Access + Clone, K: MaybeKey, C> GuardedVia<A, K, C> {
    /// Enters the layers, then runs `op` with a resource of `pool`. The checkout is inside the
    /// protection: failing to connect counts as a failure, a full pool does not. The call's
    /// deadline and timeout cover the checkout too; if they pass in it, the call is refused.
    ///
    /// # Errors
    /// As [`GuardedVia::run`], and [`Error::Refused`] by the pool if it had no resource to lend.
    ///
    /// # Panics
    /// If `op` panics; the layers and the pool count that.
    #[track_caller]
    pub fn with<'a, T, E, P: Pool>(
        self,
        pool: &'a P,
        op: impl AsyncFnOnce(&mut P::Resource) -> Result<T, E>,
    ) -> impl Future<Output = Result<T, Error<E>>>
    where
        A: 'a,
        K: 'a,
        C: Classify<T, E>,
    {
        let (access, caller) = (self.access().clone(), Location::caller());
        self.run_limited(move |limit| async move {
            access.driver().lend(pool).called_from(caller).limited(limit).with(op).await
        })
    }

    /// Enters the layers, then runs `op` in a SQL transaction on a connection of `pool`: see
    /// [`Lend::transaction`](super::Lend::transaction). A `COMMIT` that fails counts as a failure.
    ///
    /// # Errors
    /// As [`GuardedVia::with`], and [`Error::Failed`] if `COMMIT` failed.
    ///
    /// # Panics
    /// If `op` panics; the layers and the pool count that.
    #[track_caller]
    pub fn transaction<'a, T, E, P: Pool + Transact<P::Resource>>(
        self,
        pool: &'a P,
        options: TransactionOptions,
        op: impl AsyncFnOnce(&mut P::Resource) -> Result<T, E>,
    ) -> impl Future<Output = Result<T, Error<TransactionError<E>>>>
    where
        A: 'a,
        K: 'a,
        C: Classify<T, TransactionError<E>>,
    {
        let (access, caller) = (self.access().clone(), Location::caller());
        self.run_limited(move |limit| async move {
            let lend = access.driver().lend(pool).called_from(caller).limited(limit);
            lend.transaction_options(options).transaction(op).await
        })
    }
}
