use std::num::NonZeroUsize;
use std::sync::Arc;

use super::thread_pool::ThreadPool;

/// A piece of work for a thread.
pub(super) type Work = Box<dyn FnOnce() + Send>;

/// Threads that may block. Those of our own end when this is dropped and all work is done.
pub(super) enum Threads {
    Own(Arc<ThreadPool>),
    #[cfg(feature = "tokio")]
    Tokio(tokio::runtime::Handle),
}

impl Threads {
    pub(super) fn own(max_threads: NonZeroUsize) -> Self {
        Self::Own(ThreadPool::new(max_threads))
    }

    #[cfg(feature = "tokio")]
    #[track_caller]
    pub(super) fn tokio() -> Self {
        Self::Tokio(tokio::runtime::Handle::current())
    }

    /// Does `work` on one of them.
    pub(super) fn run(&self, work: Work) {
        match self {
            Self::Own(pool) => pool.run(work),
            #[cfg(feature = "tokio")]
            Self::Tokio(runtime) => drop(runtime.spawn_blocking(work)),
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        match self {
            Self::Own(pool) => pool.close(),
            #[cfg(feature = "tokio")]
            Self::Tokio(_) => {}
        }
    }
}
