use std::sync::atomic::{AtomicU32, Ordering};

/// The count of those who wait, up to a most.
#[derive(Debug)]
pub(crate) struct Queue {
    waiting: AtomicU32,
    most: u32,
}

/// A place in the queue, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place<'q>(&'q AtomicU32);

impl Queue {
    pub(crate) const fn new(most: u32) -> Self {
        Self { waiting: AtomicU32::new(0), most }
    }

    pub(crate) fn waiting(&self) -> u32 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// A place, unless all are taken.
    pub(crate) fn join(&self) -> Option<Place<'_>> {
        let one_more = |waiting| (waiting < self.most).then_some(waiting + 1);
        self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok()?;
        Some(Place(&self.waiting))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
