use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::Waker;

/// Tells waiting checkouts that the pool was closed, and drains that something came back.
#[derive(Debug, Default)]
pub(super) struct Signal {
    is_closed: AtomicBool,
    listeners: Mutex<Listeners>,
}

#[derive(Debug, Default)]
struct Listeners {
    next_id: u64,
    wakers: BTreeMap<u64, Waker>,
}

/// A waiting checkout or drain, until it is dropped.
#[derive(Debug)]
pub(super) struct Listener<'s> {
    signal: &'s Signal,
    id: u64,
}

impl Signal {
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::SeqCst)
    }

    /// Closes the pool. Returns true if it was open.
    pub(super) fn close(&self) -> bool {
        let was_open = !self.is_closed.swap(true, Ordering::SeqCst);
        self.wake();
        was_open
    }

    pub(super) fn wake(&self) {
        let wakers = std::mem::take(&mut self.lock().wakers);
        wakers.into_values().for_each(Waker::wake);
    }

    pub(super) fn listen(&self) -> Listener<'_> {
        let mut listeners = self.lock();
        listeners.next_id += 1;
        Listener { signal: self, id: listeners.next_id }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Listeners> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener<'_> {
    /// Has `waker` woken by the next signal.
    pub(super) fn register(&self, waker: &Waker) {
        self.signal.lock().wakers.insert(self.id, waker.clone());
    }
}

impl Drop for Listener<'_> {
    fn drop(&mut self) {
        self.signal.lock().wakers.remove(&self.id);
    }
}
