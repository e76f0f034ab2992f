use super::Pool;
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
    /// If `op` does; the layers and the pool hear of that.
    pub async fn transaction<T, E, L: Pool>(
        self,
        pool: &L,
        op: impl AsyncFnOnce(&mut L::Resource) -> Result<T, E>,
    ) -> Result<T, Error<E>>
    where
        C: Classify<T, E>,
    {
        let access = self.access().clone();
        let run = self.run_limited(|limit| async move {
            let lend = access.driver().lend(pool);
            match limit {
                Some(limit) => lend.deadline(limit.length()).transaction(op).await,
                None => lend.transaction(op).await,
            }
        });
        run.await
    }
}
