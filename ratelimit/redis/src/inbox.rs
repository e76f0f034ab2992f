use std::sync::Arc;
use std::task::Waker;

use crate::count::Count;
use crate::sync::{Mutex, lock};

/// The keys that the background work is to look at.
#[derive(Debug, Default)]
pub(crate) struct Inbox(Mutex<Queue>);

#[derive(Debug, Default)]
struct Queue {
    counts: Vec<Arc<Count>>,
    waker: Option<Waker>,
    is_running: bool,
}

impl Inbox {
    /// Hands `count` over to the background work.
    pub(crate) fn push(&self, count: &Arc<Count>) {
        let waker = {
            let mut queue = lock(&self.0);
            queue.counts.push(Arc::clone(count));
            queue.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Wakes the background work.
    pub(crate) fn wake(&self) {
        let waker = lock(&self.0).waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Takes what was handed over into the empty list `into`, and has `waker` woken when there is more. The
    /// list's room is for what calls hand over next, so that they do not allocate.
    pub(crate) fn take(&self, waker: &Waker, into: &mut Vec<Arc<Count>>) {
        let mut queue = lock(&self.0);
        queue.waker = Some(waker.clone());
        std::mem::swap(&mut queue.counts, into);
    }

    /// Becomes the one background work; returns false if there is another.
    pub(crate) fn start(&self) -> bool {
        !std::mem::replace(&mut lock(&self.0).is_running, true)
    }

    /// Ends being the background work.
    pub(crate) fn stop(&self) {
        let mut queue = lock(&self.0);
        queue.is_running = false;
        queue.waker = None;
    }

    /// Returns true if there is background work.
    pub(crate) fn is_running(&self) -> bool {
        lock(&self.0).is_running
    }
}
