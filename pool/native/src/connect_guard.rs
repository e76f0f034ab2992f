use std::any::Any;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::{Driver, Dynamic, Error};

/// The protection that background connects go through, if there is one.
#[derive(Clone)]
pub(crate) struct ConnectGuard(Option<(Driver, Dynamic)>);

/// Why a connect yielded nothing.
pub(crate) enum Failure<E> {
    /// Has the error; none if it took too long.
    Error(Option<Arc<E>>),
    /// The protection refused, and said for how long if it knew.
    PutOff(Option<Duration>),
    Panicked(Box<dyn Any + Send>),
}

impl ConnectGuard {
    pub(crate) const NONE: Self = Self(None);

    pub(crate) const fn new(driver: Driver, protection: Dynamic) -> Self {
        Self(Some((driver, protection)))
    }

    /// Connects, if the protection admits it. `connect` returns `None` if it took too long.
    pub(crate) async fn admit<R, E>(
        &self,
        connect: impl Future<Output = Option<Result<R, E>>>,
    ) -> Result<R, Failure<E>> {
        let connect = async {
            let created = connect.await.ok_or(None)?;
            created.map_err(|error| Some(Arc::new(error)))
        };
        let Some((driver, protection)) = &self.0 else {
            return connect.await.map_err(Failure::Error);
        };
        let call = driver.protect(protection).max_wait(Duration::ZERO);
        call.run(|| connect).await.map_err(|error| match error {
            Error::Failed(error) => Failure::Error(error),
            Error::Refused(refusal) => Failure::PutOff(refusal.retry_after()),
            Error::TimedOut(_) => Failure::Error(None),
        })
    }
}
