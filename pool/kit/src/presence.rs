use std::sync::atomic::{AtomicU32, Ordering};

/// Counts one for as long as it lives.
pub(crate) struct Presence<'a>(&'a AtomicU32);

impl<'a> Presence<'a> {
    pub(crate) fn one_more(count: &'a AtomicU32) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Presence<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
