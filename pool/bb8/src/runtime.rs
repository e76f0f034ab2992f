use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use seawall_core::pool::library::{Loan, NotLent};
use tokio::runtime::{EnterGuard, Handle};

/// The Tokio runtime that bb8 spawns on: the first one that the pool was used in. Threads outside of
/// any runtime enter it.
#[derive(Debug, Default)]
pub(crate) struct Runtime(OnceLock<Handle>);

/// No Tokio runtime is there for bb8.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoRuntime;

impl Runtime {
    /// Takes the runtime that the caller is in, if it is in one.
    pub(crate) fn current() -> Self {
        Self(Handle::try_current().map(OnceLock::from).unwrap_or_default())
    }

    /// Enters the runtime unless the caller is in one.
    pub(crate) fn enter(&self) -> Result<Option<EnterGuard<'_>>, NoRuntime> {
        // A task is in a runtime; asking for its number counts no reference.
        if self.0.get().is_some() && tokio::task::try_id().is_some() {
            return Ok(None);
        }
        match Handle::try_current() {
            Ok(handle) => {
                self.0.get_or_init(|| handle);
                Ok(None)
            }
            Err(_outside) => self.0.get().map(|handle| Some(handle.enter())).ok_or(NoRuntime),
        }
    }
}

pin_project! {
    /// A checkout in the runtime. A struct in place of an `async` block, so that the connection is not
    /// moved from one future's memory to the next.
    pub(crate) struct Get<'r, V, F, X> {
        runtime: &'r Runtime,
        #[pin]
        get: Option<F>,
        explain: X,
        view: PhantomData<fn() -> V>,
    }
}

impl<'r, V, F, X> Get<'r, V, F, X> {
    /// Polls `get`, which is there if the runtime is.
    pub(crate) const fn new(runtime: &'r Runtime, get: Option<F>, explain: X) -> Self {
        Self { runtime, get, explain, view: PhantomData }
    }
}

impl<V, F, X, O, E> Future for Get<'_, V, F, X>
where
    F: Future<Output = Result<O, E>>,
    X: Fn(E) -> NotLent,
{
    type Output = Result<Loan<O, V>, NotLent>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (Some(get), Ok(_entered)) = (this.get.as_pin_mut(), this.runtime.enter()) else {
            return Poll::Ready(Err(NotLent::failed(NoRuntime)));
        };
        Poll::Ready(ready!(get.poll(cx)).map(Loan::new).map_err(this.explain))
    }
}

impl std::fmt::Display for NoRuntime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("bb8 needs a Tokio runtime: use the pool inside one first")
    }
}

impl std::error::Error for NoRuntime {}
