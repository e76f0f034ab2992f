use std::sync::OnceLock;
// Not loom's, which does not know what a `OnceLock` synchronizes.
use std::sync::atomic::{AtomicUsize, Ordering};

use super::slot::Same;

/// The values that a reader has followed its slot to. Calls borrow them, so they are kept as long as
/// the reader is, and there is room for a few only.
#[derive(Debug)]
pub(super) struct Later<T> {
    values: [OnceLock<T>; ROOM],
    /// The version that was found last and, in the lowest bits, the index of its value.
    found: AtomicUsize,
}

const BITS: u32 = 4;

/// One less than the bits can tell apart: no value has the last index.
const ROOM: usize = (1 << BITS) - 1;

impl<T: Same> Later<T> {
    pub(super) fn new() -> Self {
        Self { values: [const { OnceLock::new() }; ROOM], found: AtomicUsize::new(ROOM) }
    }

    /// Returns the value of `version`, if that was found last.
    #[inline]
    pub(super) fn find(&self, version: usize) -> Option<&T> {
        // An index, if it is the same version; otherwise beyond all of them.
        let index = self.found.load(Ordering::Acquire) ^ (version << BITS);
        self.values.get(index)?.get()
    }

    /// Keeps `value`, which is that of `version`; returns `None` if there is no room for it.
    pub(super) fn keep(&self, value: &T, version: usize) -> Option<&T> {
        for (index, room) in self.values.iter().enumerate() {
            let kept = room.get_or_init(|| value.clone());
            if kept.is(value) {
                self.found.store((version << BITS) | index, Ordering::Release);
                return Some(kept);
            }
        }
        None
    }
}
