use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::access::Access;
use super::{GuardedVia, MaybeKey};
use crate::{Classify, Error, Refusal};

pin_project! {
    /// A call with a value in place of its refusal.
    struct StandIn<R, F> {
        #[pin]
        call: R,
        refused: Option<F>,
    }
}

impl<T, E, R, F> Future for StandIn<R, F>
where
    R: Future<Output = Result<T, Error<E>>>,
    F: FnOnce(&Refusal) -> T,
{
    type Output = Result<T, Error<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = ready!(this.call.poll(cx));
        let Some(refused) = this.refused.take() else {
            panic!("a protected call was polled after it had completed")
        };
        Poll::Ready(result.or_else(|error| error.or_value(refused)))
    }
}

/// A value in place of a refusal.
impl<A: Access, K: MaybeKey, C> GuardedVia<A, K, C> {
    /// Runs `op` like [`GuardedVia::run`], and returns `refused`'s value if the call is refused: a default,
    /// or an earlier answer. The layers and the observers see the refusal all the same.
    ///
    /// For calls that are run in other ways there is [`Error::or_value`].
    ///
    /// # Errors
    /// [`Error::TimedOut`] if `op` was cut; [`Error::Failed`] with `op`'s own error.
    ///
    /// # Panics
    /// As [`GuardedVia::run`], and if `refused` panics.
    #[inline]
    pub fn run_or<'a, T, E, O>(
        self,
        op: impl FnOnce() -> O,
        refused: impl FnOnce(&Refusal) -> T,
    ) -> impl Future<Output = Result<T, Error<E>>>
    where
        A: 'a,
        K: 'a,
        O: Future<Output = Result<T, E>>,
        C: Classify<T, E>,
    {
        StandIn { call: self.run(op), refused: Some(refused) }
    }

    /// Runs `op` like [`GuardedVia::run_blocking`], and returns `refused`'s value if the call is refused.
    ///
    /// # Errors
    /// [`Error::Failed`] with `op`'s own error.
    ///
    /// # Panics
    /// As [`GuardedVia::run_blocking`], and if `refused` panics.
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
