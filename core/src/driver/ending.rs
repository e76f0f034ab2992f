use crate::{Class, Layer};

/// Whoever has to hear how an operation ended. Dropped without hearing, it takes the operation for
/// abandoned, or for panicked where that is marked.
pub(crate) trait Ending {
    /// The layer that stands for all that the operation passed.
    fn label(&self) -> &Layer;

    /// The mark that the operation panicked.
    fn panicked(&mut self) -> &mut bool;

    /// The operation ended, and that says `class`; or it was cut.
    fn end(self, class: Class, timed_out: bool);
}
