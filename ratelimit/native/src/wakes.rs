use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

/// Wakers of calls whose time has come, to be woken when no lock is held any more: waking may run
/// code that asks the limiter again.
#[derive(Debug, Default)]
pub(crate) struct Wakes(Vec<Waker>);

impl Wakes {
    pub(crate) fn add(&mut self, waker: Option<Waker>) {
        self.0.extend(waker);
    }

    /// Wakes all. One that panics does not keep others from being woken, nor reach the caller.
    pub(crate) fn wake(self) {
        for waker in self.0 {
            let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
        }
    }
}
