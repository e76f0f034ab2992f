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

    /// Returns true if the runtime is known and the caller is a task of any.
    #[inline]
    fn is_entered(&self) -> bool {
        // Asking for the number of a task counts no reference.
        self.0.get().is_some() && tokio::task::try_id().is_some()
    }

    #[cold]
    fn poll_inside<F: Future>(&self, future: Pin<&mut F>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let _entered = self.enter();
        future.poll(cx)
    }

    /// Enters the runtime unless the caller is in one.
    pub(crate) fn enter(&self) -> Result<Option<EnterGuard<'_>>, NoRuntime> {
        if self.is_entered() {
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
    pub(crate) struct Get<'r, V, F, B, X> {
        runtime: &'r Runtime,
        // `None` until the pool is built.
        #[pin]
        get: Option<F>,
        build: B,
        explain: X,
        view: PhantomData<fn() -> V>,
    }
}

impl<'r, V, F, B, X> Get<'r, V, F, B, X> {
    /// Polls `get`, or what `build` returns if there is no pool yet.
    pub(crate) const fn new(runtime: &'r Runtime, get: Option<F>, build: B, explain: X) -> Self {
        Self { runtime, get, build, explain, view: PhantomData }
    }
}

impl<V, F, B, X, O, E> Future for Get<'_, V, F, B, X>
where
    F: Future<Output = Result<O, E>>,
    B: Fn() -> Result<F, NoRuntime>,
    X: Fn(E) -> NotLent,
{
    type Output = Result<Loan<O, V>, NotLent>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if this.get.is_none() {
            match (this.build)() {
                Ok(get) => this.get.set(Some(get)),
                Err(no_runtime) => return Poll::Ready(Err(NotLent::failed(no_runtime))),
            }
        }
        let get = this.get.as_pin_mut().expect("BUG: it was built just now");
        if !this.runtime.is_entered() {
            let got = ready!(this.runtime.poll_inside(get, cx));
            return Poll::Ready(got.map(Loan::new).map_err(this.explain));
        }
        match ready!(get.poll(cx)) {
            Ok(connection) => Poll::Ready(Ok(Loan::new(connection))),
            Err(error) => Poll::Ready(Err((this.explain)(error))),
        }
    }
}

impl std::fmt::Display for NoRuntime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("bb8 needs a Tokio runtime: use the pool inside one first")
    }
}

impl std::error::Error for NoRuntime {}
