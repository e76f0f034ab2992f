use std::num::NonZeroUsize;
use std::sync::Arc;

use super::thread_pool::ThreadPool;

/// A piece of work for a thread.
pub(super) type Work = Box<dyn FnOnce() + Send>;

/// Threads that may block.
pub(super) enum Threads {
    Own(OwnThreadPool),
    #[cfg(feature = "tokio")]
    Tokio(tokio::runtime::Handle),
}

impl Threads {
    pub(super) fn own(max_threads: NonZeroUsize) -> Self {
        Self::Own(OwnThreadPool(ThreadPool::new(max_threads)))
    }

    #[cfg(feature = "tokio")]
    #[track_caller]
    pub(super) fn tokio() -> Self {
        Self::Tokio(tokio::runtime::Handle::current())
    }

    /// Does `work` on one of them.
    pub(super) fn run(&self, work: Work) {
        match self {
            Self::Own(pool) => pool.0.run(work),
            #[cfg(feature = "tokio")]
            Self::Tokio(runtime) => drop(runtime.spawn_blocking(work)),
        }
    }
}

/// Threads that end when this is dropped and all work is done.
pub(super) struct OwnThreadPool(Arc<ThreadPool>);

impl Drop for OwnThreadPool {
    fn drop(&mut self) {
        self.0.close();
    }
}
