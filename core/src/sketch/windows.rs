use std::array;
use std::time::Duration;

use super::{WINDOWS, buckets};
use crate::sync::{AtomicU32, Ordering};

/// The counts of the last windows, by slot modulo their number.
pub(super) struct Windows(Box<[Window]>);

impl Windows {
    pub(super) fn new() -> Self {
        Self((0..WINDOWS).map(|_| Window::new()).collect())
    }

    pub(super) fn copy(&self) -> Self {
        Self(self.0.iter().map(Window::copy).collect())
    }

    #[inline]
    pub(super) fn at(&self, slot: u64) -> &Window {
        &self.0[usize::try_from(slot % WINDOWS).unwrap_or(0)]
    }

    /// Returns how many calls ended and how many were cut in a bucket.
    pub(super) fn counts(&self, bucket: usize) -> [u64; 2] {
        let sum = |set: fn(&Window) -> &Counts| {
            self.0.iter().map(|window| u64::from(set(window)[bucket].load(Ordering::Relaxed))).sum()
        };
        [sum(|window| &window.ended), sum(|window| &window.cut)]
    }
}

type Counts = [AtomicU32; buckets::COUNT];

/// The counts of one window.
pub(super) struct Window {
    ended: Counts,
    cut: Counts,
}

impl Window {
    fn new() -> Self {
        let counts = || array::from_fn(|_| AtomicU32::new(0));
        Self { ended: counts(), cut: counts() }
    }

    fn copy(&self) -> Self {
        let copy = |counts: &Counts| {
            array::from_fn(|bucket| AtomicU32::new(counts[bucket].load(Ordering::Relaxed)))
        };
        Self { ended: copy(&self.ended), cut: copy(&self.cut) }
    }

    #[inline]
    pub(super) fn ended(&self, time: Duration) {
        self.ended[buckets::index(time)].fetch_add(1, Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn cut(&self, time: Duration) {
        self.cut[buckets::index(time)].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn clear(&self) {
        for count in self.ended.iter().chain(&self.cut) {
            count.store(0, Ordering::Relaxed);
        }
    }
}
