use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

/// Counts the waiting calls, up to a maximum.
#[derive(Debug)]
pub(crate) struct Queue {
    waiting: AtomicU32,
    max_waiting: AtomicU32,
    /// Calls that left without a permit, less those whose time was over.
    gave_up: AtomicI64,
}

/// A waiting call, until it is dropped.
#[derive(Debug)]
pub(crate) struct Waiting {
    queue: Arc<Queue>,
    answered: bool,
}

impl Queue {
    pub(crate) const fn new(max_waiting: u32) -> Self {
        let max_waiting = AtomicU32::new(max_waiting);
        Self { waiting: AtomicU32::new(0), max_waiting, gave_up: AtomicI64::new(0) }
    }

    /// Changes the maximum. Calls that wait stay.
    pub(crate) fn set_max_waiting(&self, max_waiting: u32) {
        self.max_waiting.store(max_waiting, Ordering::Relaxed);
    }

    pub(crate) fn waiting(&self) -> u32 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Returns the number of calls whose caller went away while they waited.
    pub(crate) fn gave_up(&self) -> u64 {
        self.gave_up.load(Ordering::Relaxed).try_into().unwrap_or_default()
    }

    /// Joins the queue, unless it is full.
    pub(crate) fn join(self: &Arc<Self>) -> Option<Waiting> {
        let max = self.max_waiting.load(Ordering::Relaxed);
        let one_more = |waiting| (waiting < max).then_some(waiting + 1);
        self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok()?;
        Some(Waiting { queue: Arc::clone(self), answered: false })
    }

    /// Counts a call that has left because its time was over.
    pub(crate) fn expire(&self) {
        self.gave_up.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Waiting {
    /// Ends the wait with an answer.
    pub(crate) fn answer(mut self) {
        self.answered = true;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.queue.waiting.fetch_sub(1, Ordering::Relaxed);
        if !self.answered {
            self.queue.gave_up.fetch_add(1, Ordering::Relaxed);
        }
    }
}
