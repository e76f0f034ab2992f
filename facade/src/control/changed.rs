use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

/// Counts changes, and wakes the one task that waits for them.
#[derive(Default)]
pub(super) struct Changed(Mutex<State>);

#[derive(Default)]
struct State {
    is_set: bool,
    count: u64,
    waker: Option<Waker>,
}

impl Changed {
    pub(super) fn set(&self) {
        let waker = {
            let mut state = self.lock();
            state.is_set = true;
            state.count += 1;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.lock().count
    }

    /// Returns true if something changed since the last time; otherwise `cx` is woken by a change.
    pub(super) fn poll(&self, cx: &Context<'_>) -> bool {
        let mut state = self.lock();
        state.waker = Some(cx.waker().clone());
        std::mem::take(&mut state.is_set)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
