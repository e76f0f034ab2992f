use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::books::Books;

/// Why a resource is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Broken,
    FailedCheck,
    CutCheck,
    Abandoned,
    ShutDown,
}

impl Reason {
    pub(crate) const COUNT: usize = 5;
}

/// A resource as deadpool keeps it. It knows where it is in its life, so that dropping it, wherever
/// and for whatever cause deadpool does that, books it out.
pub(crate) struct Slot<R> {
    /// Taken as it is closed.
    resource: Option<R>,
    life: Life,
    books: Arc<Books>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Idle,
    /// Borrowed, and to be closed for this reason if it is dropped as it is.
    Borrowed(Reason),
}

impl<R> Slot<R> {
    /// A new resource that is borrowed at once.
    pub(crate) fn lent(resource: R, books: &Arc<Books>) -> Self {
        books.created();
        let life = Life::Borrowed(Reason::Abandoned);
        Self { resource: Some(resource), life, books: Arc::clone(books) }
    }

    /// From idle to borrowed, for its check.
    pub(crate) fn begin_check(&mut self) {
        self.books.lent();
        self.life = Life::Borrowed(Reason::CutCheck);
    }

    /// From its check to its borrower, or to its end.
    pub(crate) fn end_check(&mut self, is_good: bool) {
        let reason = if is_good { Reason::Abandoned } else { Reason::FailedCheck };
        self.life = Life::Borrowed(reason);
    }

    /// From borrowed to idle.
    pub(crate) fn come_back(&mut self) {
        self.life = Life::Idle;
        self.books.returned();
    }

    /// Ends it while its place is still taken, so that there are never more than there are places.
    pub(crate) fn close(&mut self, reason: Reason) {
        let Some(resource) = self.resource.take() else { return };
        // deadpool may be closing it under its lock or while unwinding: a panic here would make its
        // pool unusable, or end the process. Who panics has been reported by the panic hook.
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(resource)));
        drop(dropped);
        self.books.closed(self.life == Life::Idle, reason);
    }

    pub(crate) fn get(&self) -> &R {
        self.resource.as_ref().expect(CLOSED)
    }

    pub(crate) fn get_mut(&mut self) -> &mut R {
        self.resource.as_mut().expect(CLOSED)
    }
}

const CLOSED: &str = "nobody holds a slot that was closed";

impl<R> Drop for Slot<R> {
    fn drop(&mut self) {
        let reason = match self.life {
            Life::Idle => Reason::ShutDown,
            Life::Borrowed(reason) => reason,
        };
        self.close(reason);
    }
}
