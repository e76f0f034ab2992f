use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use slab::Slab;

use crate::sync::{Mutex, MutexGuard};

/// Wakes every listener: the background work when there is something to do, checks and drains when the
/// pool is closed. A listener compares counts, so none of several misses a signal.
pub(crate) struct Wakeup(Mutex<Listeners>);

struct Listeners {
    count: u64,
    wakers: Slab<Option<Waker>>,
}

impl Wakeup {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Listeners { count: 0, wakers: Slab::new() }))
    }

    pub(crate) fn notify(&self) {
        let wakers: Vec<_> = {
            let mut listeners = self.lock();
            listeners.count += 1;
            listeners.wakers.iter_mut().filter_map(|(_, waker)| waker.take()).collect()
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Listens for the signals from now on.
    pub(crate) fn listen(&self) -> Listener<'_> {
        Listener { wakeup: self, seen: self.lock().count, ticket: None }
    }

    fn lock(&self) -> MutexGuard<'_, Listeners> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct Listener<'w> {
    wakeup: &'w Wakeup,
    seen: u64,
    ticket: Option<usize>,
}

impl Listener<'_> {
    /// Completes if there was a signal since the last completion; otherwise registers the waker.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut listeners = self.wakeup.lock();
        if listeners.count != self.seen {
            self.seen = listeners.count;
            return Poll::Ready(());
        }
        let waker = Some(cx.waker().clone());
        match self.ticket {
            Some(ticket) => listeners.wakers[ticket] = waker,
            None => self.ticket = Some(listeners.wakers.insert(waker)),
        }
        Poll::Pending
    }
}

impl Drop for Listener<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.wakeup.lock().wakers.remove(ticket);
        }
    }
}
