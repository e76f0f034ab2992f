use super::Pool;
use crate::driver::Guarded;
use crate::{Classify, Error, MaybeKey, Protection};

impl<P: Protection, K: MaybeKey, C> Guarded<'_, P, K, C> {
    /// Enters the layers, then runs `op` with a resource of `pool`. The checkout is inside the
    /// protection: failing to connect counts as a failure, a full pool does not. The call's
    /// deadline and timeout cover the checkout too; if they pass in it, the call is refused.
    ///
    /// # Errors
    /// As [`Guarded::run`], and [`Error::Refused`] by the pool if it had no resource to lend.
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
        self.run_limited(|driver, limit| {
            let lend = driver.lend(pool);
            match limit {
                Some(limit) => lend.deadline(limit.length).transaction(op),
                None => lend.transaction(op),
            }
        })
        .await
    }
}
