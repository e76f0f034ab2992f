use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use seawall_core::{Entry, RefusalKind};

use super::Flawed;
use super::state::{State, Waiter};
use crate::Flaw;

/// The wait of one call.
pub(super) struct Wait {
    bulkhead: Flawed,
    nth: u64,
    is_answered: bool,
}

impl Wait {
    pub(super) fn new(bulkhead: Flawed, state: &mut State) -> Self {
        state.last += 1;
        state.waiting += 1;
        state.waiters.insert(state.last, Waiter::default());
        Self { bulkhead, nth: state.last, is_answered: false }
    }
}

impl Future for Wait {
    type Output = Entry;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Entry> {
        let (bulkhead, nth) = (self.bulkhead.clone(), self.nth);
        let mut guard = bulkhead.lock();
        let state = &mut *guard;
        let Some(waiter) = state.waiters.get_mut(&nth) else { return Poll::Pending };
        let entry = if waiter.is_granted {
            bulkhead.go(state)
        } else if state.is_closed && !bulkhead.has(Flaw::WaitersOutliveTheEnd) {
            bulkhead.refuse(state, RefusalKind::ShuttingDown)
        } else {
            if !(bulkhead.has(Flaw::WakesTheFirstWaker) && waiter.waker.is_some()) {
                waiter.waker = Some(cx.waker().clone());
            }
            return Poll::Pending;
        };
        state.waiters.remove(&nth);
        self.is_answered = true;
        Poll::Ready(entry)
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let bulkhead = &self.bulkhead;
        let mut guard = bulkhead.lock();
        let state = &mut *guard;
        state.waiting -= 1;
        if self.is_answered {
            return;
        }
        state.gave_up += 1;
        let is_granted = state.waiters.get(&self.nth).is_some_and(|waiter| waiter.is_granted);
        let has_expired = std::mem::take(&mut state.has_expired);
        if is_granted || has_expired || !bulkhead.has(Flaw::LeaversStayInTheQueue) {
            state.waiters.remove(&self.nth);
        }
        if is_granted && !bulkhead.has(Flaw::KeepsPermitsOfLeavers) {
            state.held -= 1;
            bulkhead.grant(state);
        }
    }
}
