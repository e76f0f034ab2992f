use std::task::{Context, Poll, Waker};

use slab::Slab;

use crate::sync::{Mutex, MutexGuard, lock};

/// Wakes every listener: the background work when there is something to do, checks, waits and drains when
/// the pool is closed. A listener compares counts, so none of several misses a signal.
#[derive(Debug, Default)]
pub struct Wakeup(Mutex<Listeners>);

#[derive(Debug, Default)]
struct Listeners {
    count: u64,
    wakers: Slab<Option<Waker>>,
}

impl Wakeup {
    /// Wakes all listeners.
    pub fn notify(&self) {
        let wakers: Vec<_> = {
            let mut listeners = self.lock();
            listeners.count += 1;
            listeners.wakers.iter_mut().filter_map(|(_, waker)| waker.take()).collect()
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Listens for the signals from now on.
    pub fn listen(&self) -> Listener<'_> {
        Listener { wakeup: self, seen: self.lock().count, ticket: None }
    }

    fn lock(&self) -> MutexGuard<'_, Listeners> {
        lock(&self.0)
    }
}

/// A task that listens for signals, until it is dropped.
#[derive(Debug)]
pub struct Listener<'w> {
    wakeup: &'w Wakeup,
    seen: u64,
    ticket: Option<usize>,
}

impl Listener<'_> {
    /// Registers the waker for the next signal.
    pub fn register(&mut self, cx: &mut Context<'_>) {
        while self.poll(cx).is_ready() {}
    }

    /// Completes if there was a signal since the last completion; otherwise registers the waker.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
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
