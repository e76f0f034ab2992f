use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::OnceLock;

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

    /// Runs `work` in the runtime.
    pub(crate) async fn run<F: Future>(&self, work: F) -> F::Output {
        let mut work = pin!(work);
        poll_fn(|cx| {
            let _entered = self.enter();
            work.as_mut().poll(cx)
        })
        .await
    }
}

impl std::fmt::Display for NoRuntime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("bb8 needs a Tokio runtime: use the pool inside one first")
    }
}

impl std::error::Error for NoRuntime {}
