use std::future::Future;
use std::time::Duration;

use seawall_core::{Driver, Dynamic, Error, Verdict};

/// The protection that background connects go through, if there is one.
#[derive(Clone)]
pub(crate) struct ConnectGuard(Option<(Driver, Dynamic)>);

/// The result of a connect.
pub(crate) enum Attempt<R, E> {
    Made(R),
    /// Has the error; none if it took too long.
    Failed(Option<E>),
    /// The protection refused, and said for how long if it knew.
    PutOff(Option<Duration>),
}

impl ConnectGuard {
    pub(crate) const NONE: Self = Self(None);

    pub(crate) const fn new(driver: Driver, protection: Dynamic) -> Self {
        Self(Some((driver, protection)))
    }

    /// Connects, if the protection admits it. `connect` returns `None` if it took too long.
    pub(crate) async fn attempt<R, E, F>(&self, connect: impl FnOnce() -> F) -> Attempt<R, E>
    where
        F: Future<Output = Option<Result<R, E>>>,
    {
        let connect = async || match connect().await {
            Some(created) => created.map_err(Some),
            None => Err(None),
        };
        let Some((driver, protection)) = &self.0 else {
            return match connect().await {
                Ok(resource) => Attempt::Made(resource),
                Err(error) => Attempt::Failed(error),
            };
        };
        let call = driver.protect(protection).max_wait(Duration::ZERO).classify(verdict);
        match call.run(connect).await {
            Ok(resource) => Attempt::Made(resource),
            Err(Error::Failed(error)) => Attempt::Failed(error),
            Err(Error::Refused(refusal)) => Attempt::PutOff(refusal.retry_after()),
            Err(Error::TimedOut(_)) => Attempt::Failed(None),
        }
    }
}

fn verdict<R, E>(connected: &Result<R, E>) -> Verdict {
    if connected.is_ok() { Verdict::Success } else { Verdict::Failure }
}
