use std::future::Future;
use std::time::Duration;

use seawall_core::{Driver, Dynamic, Error, Verdict};

/// What background connects ask for leave: a protection, or nothing.
pub(crate) struct Guard(Option<(Driver, Dynamic)>);

/// What came of a background connect.
pub(crate) enum Attempt<R, E> {
    Made(R),
    Not(NoConnection<E>),
    /// The protection let nobody through, and said how long it will not, if it knew.
    PutOff(Option<Duration>),
}

/// Why there is no connection.
pub(crate) enum NoConnection<E> {
    Failed(E),
    TooLong,
    Closed,
}

impl Guard {
    pub(crate) const NONE: Self = Self(None);

    pub(crate) const fn new(driver: Driver, protection: Dynamic) -> Self {
        Self(Some((driver, protection)))
    }

    /// Connects, if it has leave.
    pub(crate) async fn attempt<R, E, F>(&self, connect: impl FnOnce() -> F) -> Attempt<R, E>
    where
        F: Future<Output = Result<R, NoConnection<E>>>,
    {
        let Some((driver, protection)) = &self.0 else {
            return match connect().await {
                Ok(resource) => Attempt::Made(resource),
                Err(no_connection) => Attempt::Not(no_connection),
            };
        };
        let call = driver.protect(protection).max_wait(Duration::ZERO).classify(verdict);
        match call.run(connect).await {
            Ok(resource) => Attempt::Made(resource),
            Err(Error::Failed(no_connection)) => Attempt::Not(no_connection),
            Err(Error::Refused(refusal)) => Attempt::PutOff(refusal.retry_after()),
            // It has no limit but its own.
            Err(Error::TimedOut(_)) => Attempt::Not(NoConnection::TooLong),
        }
    }
}

fn verdict<R, E>(connected: &Result<R, NoConnection<E>>) -> Verdict {
    match connected {
        Ok(_) => Verdict::Success,
        Err(NoConnection::Failed(_) | NoConnection::TooLong) => Verdict::Failure,
        // That says nothing about what is connected to.
        Err(NoConnection::Closed) => Verdict::Ignored,
    }
}
