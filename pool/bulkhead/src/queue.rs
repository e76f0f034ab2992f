use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Counts the waiters, up to a maximum.
#[derive(Debug)]
pub(crate) struct Queue {
    waiting: AtomicU32,
    gave_up: AtomicU64,
    most: u32,
}

/// A place in the queue, until it is dropped. A waiter that was not called by then has given up.
#[derive(Debug)]
pub(crate) struct Place<'q> {
    queue: &'q Queue,
    called: bool,
}

impl Queue {
    pub(crate) const fn new(most: u32) -> Self {
        Self { waiting: AtomicU32::new(0), gave_up: AtomicU64::new(0), most }
    }

    pub(crate) fn waiting(&self) -> u32 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Returns the number of waiters that left without being called: their time was over, or their
    /// caller went away.
    pub(crate) fn gave_up(&self) -> u64 {
        self.gave_up.load(Ordering::Relaxed)
    }

    /// Joins the queue, unless it is full.
    pub(crate) fn join(&self) -> Option<Place<'_>> {
        let one_more = |waiting| (waiting < self.most).then_some(waiting + 1);
        self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok()?;
        Some(Place { queue: self, called: false })
    }
}

impl Place<'_> {
    /// Ends the wait: the waiter was called.
    pub(crate) fn call(mut self) {
        self.called = true;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.queue.waiting.fetch_sub(1, Ordering::Relaxed);
        if !self.called {
            self.queue.gave_up.fetch_add(1, Ordering::Relaxed);
        }
    }
}
