use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use deadpool::managed::{PoolError, TimeoutType};
use pin_project_lite::pin_project;
use seawall_core::pool::library::{Loan, NotLent};

use crate::runtime::Runtime;

pin_project! {
    /// Takes an object at once if there is a permit, and waits for one otherwise.
    pub(crate) struct Get<'r, V, A, S, W, X> {
        runtime: &'r Runtime,
        #[pin]
        at_once: A,
        // Begins the wait; `None` if it has begun, or if the checkout may not wait.
        wait: Option<S>,
        #[pin]
        waiting: Option<W>,
        explain: X,
        view: PhantomData<fn() -> V>,
    }
}

impl<'r, V, A, S, W, X> Get<'r, V, A, S, W, X> {
    pub(crate) const fn new(runtime: &'r Runtime, at_once: A, wait: Option<S>, explain: X) -> Self {
        Self { runtime, at_once, wait, waiting: None, explain, view: PhantomData }
    }
}

impl<V, A, S, W, X, O, E> Future for Get<'_, V, A, S, W, X>
where
    A: Future<Output = Result<O, PoolError<E>>>,
    S: FnOnce() -> W,
    W: Future<Output = Result<O, PoolError<E>>>,
    X: Fn(PoolError<E>) -> NotLent,
{
    type Output = Result<Loan<O, V>, NotLent>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let _entered = this.runtime.enter();
        if this.waiting.is_none() {
            match (ready!(this.at_once.poll(cx)), this.wait.take()) {
                (Ok(object), _) => return Poll::Ready(Ok(Loan::new(object))),
                (Err(PoolError::Timeout(TimeoutType::Wait)), Some(wait)) => {
                    this.waiting.set(Some(wait()));
                }
                (Err(error), _) => return Poll::Ready(Err((this.explain)(error))),
            }
        }
        let waiting = this.waiting.as_pin_mut().expect("BUG: it was set just now");
        Poll::Ready(ready!(waiting.poll(cx)).map(Loan::new).map_err(this.explain))
    }
}
