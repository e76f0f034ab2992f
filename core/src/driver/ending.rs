#[cfg(feature = "pool")]
use crate::{Class, Layer};

/// The receiver of an operation's end. If it is dropped before, the operation counts as abandoned, or
/// as panicked if it is so marked.
#[cfg(feature = "pool")]
pub(crate) trait Ending {
    /// Returns the protection that the operation runs under.
    fn label(&self) -> &Layer;

    /// Returns the mark that the operation panicked.
    fn panicked(&mut self) -> &mut bool;

    /// Ends the operation with `class`, or as one that was cut.
    fn end(self, class: Class, timed_out: bool);
}

/// Marks an operation as panicked while its code runs; only [`clear`](Self::clear) removes the mark.
///
/// `thread::panicking` cannot tell whose panic it is: all that a task holds is dropped while any part
/// of it unwinds.
pub(crate) struct PanicMark<'a>(&'a mut bool);

impl<'a> PanicMark<'a> {
    #[inline]
    pub(crate) fn set(mark: &'a mut bool) -> Self {
        *mark = true;
        Self(mark)
    }

    /// The code has returned.
    #[inline]
    pub(crate) fn clear(self) {
        *self.0 = false;
    }
}
