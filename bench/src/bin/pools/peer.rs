//! A pool, and the two ways to use it.

use std::future::Future;

/// A pool for tasks.
pub trait Tasks: Clone + Send + Sync + 'static {
    /// Borrows a connection, uses it and returns it; holds it across a yield if `HOLD`. Returns
    /// true if all of that succeeded.
    fn turn<const HOLD: bool>(&self) -> impl Future<Output = bool> + Send;
}

/// A pool for threads.
pub trait Threads: Clone + Send + Sync + 'static {
    /// Does the same, blocking.
    fn turn<const HOLD: bool>(&self) -> bool;
}

/// A pool that lends two connections at once, so that the second is not the one returned last.
pub trait Pairs: Clone + Send + Sync + 'static {
    /// Borrows two connections, uses them and returns them. Returns true if all of that succeeded.
    fn pair(&self) -> impl Future<Output = bool> + Send;
}

pub async fn hold_task<const HOLD: bool>() {
    if HOLD {
        tokio::task::yield_now().await;
    }
}

pub fn hold_thread<const HOLD: bool>() {
    if HOLD {
        std::thread::yield_now();
    }
}
