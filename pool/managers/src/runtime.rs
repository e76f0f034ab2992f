use std::future::{Future, poll_fn};
use std::pin::pin;

use tokio::runtime::Handle;

/// The Tokio runtime that drives connections: one that was named, or else that of who connects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runtime(Option<Handle>);

impl Runtime {
    pub(crate) const fn named(handle: Handle) -> Self {
        Self(Some(handle))
    }

    /// It, if there is one.
    pub(crate) fn handle(&self) -> Option<Handle> {
        self.0.clone().or_else(|| Handle::try_current().ok())
    }
}

/// Runs `future` as if on `runtime`, whichever thread polls it.
pub(crate) async fn within<F: Future>(runtime: &Handle, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let _inside = runtime.enter();
        future.as_mut().poll(cx)
    })
    .await
}
