//! A pool, and the two ways to use it.

use std::future::Future;

/// A pool that tasks use.
pub trait Tasks: Clone + Send + Sync + 'static {
    /// Borrows a connection, uses it, and gives it back; `HOLD`s it across a yield. Did that work?
    fn turn<const HOLD: bool>(&self) -> impl Future<Output = bool> + Send;
}

/// A pool that threads use.
pub trait Threads: Clone + Send + Sync + 'static {
    /// The same.
    fn turn<const HOLD: bool>(&self) -> bool;
}

/// A pool of which two connections are borrowed at once, so that the second is not the one that came
/// back last.
pub trait Pairs: Clone + Send + Sync + 'static {
    /// Borrows two, uses them, and gives them back. Did that work?
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
